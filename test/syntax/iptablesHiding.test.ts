import { expect, test } from "vitest";
import { iptablesRuleset } from "../../netfilter/model/iptables.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";

/** What each rule of PREROUTING does, and the codes of what is wrong. */
function read(lines: string, previous?: ReturnType<typeof parseIptables>) {
  const tree = parseIptables(`*mangle\n${lines}\nCOMMIT\n`, { previous });
  const chains = iptablesRuleset(tree).tables[0]?.chains ?? [];
  const rules = chains.find(({ name }) => name === "PREROUTING")?.rules ?? [];
  const does = rules.map(({ actions: [action] }) =>
    action?.do === "jump" ? `jump ${action.target.name}` : action?.do,
  );
  return { tree, does, codes: tree.errors.map(({ code }) => code) };
}

function check(lines: string, does: string[], codes: string[] = []) {
  test(lines.replaceAll("\n", " | "), () => {
    const { does: found, codes: wrong } = read(lines);
    expect({ does: found, codes: wrong }).toEqual({ does, codes });
  });
}

// What iptables-restore 1.8.9 says and loads, both builds.
check(":CLASSIFY - [0:0]\n-A PREROUTING -i lan0 -j CLASSIFY", ["jump CLASSIFY"]);
check(":MARK - [0:0]\n-A PREROUTING -j MARK", ["jump MARK"]);
check(":LOG - [0:0]\n-A PREROUTING -j LOG\n-A PREROUTING -j ACCEPT", ["jump LOG", "verdict"]);
check(":MARK - [0:0]\n-A PREROUTING -j MARK --set-mark 1", ["jump MARK"], ["unknownOption"]);
check("-A PREROUTING -j MARK --set-mark 1", ["setMark"]);
check("-A PREROUTING -j CLASSIFY", ["other"], ["missingOption"]);

test("in another table the target is itself again", () => {
  const tree = parseIptables("*mangle\n:LOG - [0:0]\nCOMMIT\n*filter\n-A INPUT -j LOG --log-prefix x\nCOMMIT\n");
  expect(tree.errors).toEqual([]);
});

test("rules are read anew when a chain begins or ceases to hide their target", () => {
  const rule = "-A PREROUTING -j LOG";
  const plain = read(`:OTHER - [0:0]\n${rule}\n-A PREROUTING -j OTHER`);
  expect(plain.does).toEqual(["other", "jump OTHER"]);
  const hiding = read(`:LOG - [0:0]\n${rule}\n-A PREROUTING -j OTHER`, plain.tree);
  expect(hiding.does[0]).toBe("jump LOG");
  const again = read(`:OTHER - [0:0]\n${rule}\n-A PREROUTING -j OTHER`, hiding.tree);
  expect(again.does).toEqual(["other", "jump OTHER"]);
});
