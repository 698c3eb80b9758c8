import { expect, test } from "vitest";
import { checkIptables } from "../../netfilter/check/iptables.js";
import { iptablesRuleset } from "../../netfilter/model/iptables.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";

/** What a file's load is refused for: `code "text it stands at"`, a warning with `?` before it. */
function check(text: string, expected: readonly string[]): void {
  const tree = parseIptables(text);
  const found = checkIptables(tree, iptablesRuleset(tree)).map(({ code, severity, span }) => {
    return `${severity === "warning" ? "?" : ""}${code} "${text.slice(span.start, span.end)}"`;
  });
  expect(found).toEqual(expected);
}

const mine = ":MINE - [0:0]";
const files: readonly [table: string, lines: readonly string[], ...expected: string[]][] = [
  // chains that are there, or not
  ["filter", [mine, ":B - [0:0]", "-A INPUT -j MINE", "-A MINE -g B"]],
  ["filter", ["-A INPUT -j MIEN"], 'unknownTarget "MIEN"'],
  ["filter", ["-A INPUT -j ACEPT"], 'unknownTarget "ACEPT"'],
  ["filter", ["-A INPUT -g MINE"], 'undefinedChain "MINE"'],
  ["filter", ["-A INPUT -g DROP"], 'undefinedChain "DROP"'],
  ["filter", ["-A MINE -j DROP"], 'undefinedChain "MINE"'],
  ["filter", ["-A PREROUTING -j DROP"], 'undefinedChain "PREROUTING"'],
  ["filter", ["-F MINE"], 'undefinedChain "MINE"'],
  ["filter", ["-A INPUT -j MINE", mine], 'undefinedChain "MINE"'],
  ["filter", [mine, "-A MINE -j INPUT"], 'undefinedChain "INPUT"'],
  ["filter", [":LOG - [0:0]", "-A INPUT -j LOG"]],
  ["filter", ["-A ufw-user-input -j ufw-logging-deny"]],
  ["filter", ["-A INPUT -p tcp --dprot 1 -j GONE"]],
  ["filter", ["-A GONE -6 -j GONE"]],
  // declarations
  ["filter", [mine, mine], '?duplicateChain "MINE"'],
  ["filter", ["-N MINE", "-N MINE"], 'duplicateChain "MINE"'],
  ["filter", [mine, "-N MINE"], 'duplicateChain "MINE"'],
  ["filter", ["-N INPUT"], 'duplicateChain "INPUT"'],
  ["filter", ["-N LOG"], 'badChainDeclaration "LOG"'],
  ["filter", [":ACCEPT - [0:0]"], 'badChainDeclaration "ACCEPT"'],
  ["filter", [":-x - [0:0]"], '?badChainDeclaration "-x"'],
  ["filter", ["-X GONE"], 'undefinedChain "GONE"'],
  ["filter", [mine, "-X MINE", "-A MINE"], 'undefinedChain "MINE"'],
  ["filter", [mine, "-X", "-A MINE"], 'undefinedChain "MINE"'],
  ["filter", [mine, "-A MINE", "-X MINE"], 'chainInUse "MINE"'],
  ["filter", [mine, "-A INPUT -j MINE", "-X"], 'chainInUse "-X"'],
  ["filter", [mine, "-A MINE", "-A INPUT -j MINE", "-F", "-X"]],
  ["filter", ["-X INPUT"], 'chainInUse "INPUT"'],
  ["filter", [mine, "-E MINE OTHER", "-A OTHER"]],
  // policies
  ["filter", [":INPUT - [0:0]", ":FORWARD DROP [0:0]", "-P OUTPUT ACCEPT"]],
  ["filter", [":INPUT REJECT [0:0]"], 'badChainDeclaration "REJECT"'],
  ["filter", ["-P INPUT QUEUE"], 'badChainDeclaration "QUEUE"'],
  ["filter", [mine, "-P MINE DROP"], 'policyOnUserChain "DROP"'],
  // numbers of rules
  ["filter", ["-A INPUT", "-I INPUT 2", "-R INPUT 2", "-D INPUT 2", "-D INPUT 1"]],
  ["filter", ["-A INPUT -s 10.0.0.1,10.0.0.2", "-D INPUT 2"]],
  ["filter", ["-I INPUT 2"], 'badValue "2"'],
  ["filter", ["-A INPUT", "-R INPUT 2"], 'badValue "2"'],
  ["filter", ["-D INPUT 1"], 'badValue "1"'],
  // interfaces
  [
    "filter",
    ["-A INPUT -i lo", "-A OUTPUT -o lo", "-A FORWARD -i lo -o lo", mine, "-A MINE -o lo", "-A INPUT -j MINE"],
  ],
  ["filter", ["-A INPUT -o eth0 -j DROP"], 'interfaceNotAllowed "-o eth0"'],
  ["filter", ["-A OUTPUT ! -i eth0 -j DROP"], 'interfaceNotAllowed "! -i eth0"'],
  // tables and hooks
  ["nat", ["-A POSTROUTING -j MASQUERADE", mine, "-A MINE -j MASQUERADE"]],
  ["filter", ["-A FORWARD -j MASQUERADE"], 'targetNotAllowed "MASQUERADE"'],
  ["filter", [mine, "-A MINE -j DNAT --to 10.0.0.1"], 'targetNotAllowed "DNAT"'],
  ["nat", ["-A PREROUTING -j REJECT"], 'targetNotAllowed "REJECT"'],
  ["filter", ["-A INPUT -m rpfilter"], 'matchNotAllowed "rpfilter"'],
  ["nat", ["-A POSTROUTING -j DNAT --to 10.0.0.1"], 'hookNotAllowed "DNAT"'],
  ["nat", [mine, "-A MINE -j MASQUERADE", "-A PREROUTING -j MINE"], 'hookNotAllowed "MASQUERADE"'],
  [
    "nat",
    [mine, ":TWO - [0:0]", "-A MINE -j MASQUERADE", "-A TWO -g MINE", "-A OUTPUT -j TWO"],
    'hookNotAllowed "MASQUERADE"',
  ],
  ["filter", ["-A INPUT -m owner --uid-owner 0"], 'hookNotAllowed "owner"'],
  ["filter", ["-A OUTPUT -m policy --dir in --pol none"], 'hookNotAllowed "--dir in"'],
  ["filter", ["-A OUTPUT -m physdev --physdev-out a"], 'hookNotAllowed "--physdev-out a"'],
  ["filter", ["-A OUTPUT -m physdev --physdev-out a --physdev-is-bridged"]],
  ["mangle", ["-A PREROUTING -p tcp -j TCPMSS --clamp-mss-to-pmtu"], 'hookNotAllowed "--clamp-mss-to-pmtu"'],
  // protocols
  ["filter", ["-A INPUT -p tcp -m tcp --dport 22", "-A INPUT -p 6 -m tcp", "-A INPUT ! -p tcp -m tcp"]],
  ["filter", ["-A INPUT -m tcp --dport 22"], 'missingOption "tcp"'],
  ["filter", ["-A INPUT -p udp -m tcp --dport 22"], 'missingOption "tcp"'],
  ["filter", ["-A INPUT -p icmp -m multiport --dports 22"], 'missingOption "multiport"'],
  ["filter", ["-A INPUT -j REJECT --reject-with tcp-reset"], 'missingOption "--reject-with tcp-reset"'],
  ["filter", ["-A INPUT -p tcp -j REJECT --reject-with tcp-reset"]],
  // loops
  ["filter", [mine, "-A MINE -j MINE"]],
  ["filter", [mine, "-A MINE -j MINE", mine, "-A INPUT -j MINE"], '?duplicateChain "MINE"'],
  ["filter", [mine, "-A MINE -j MINE", "-A INPUT -j MINE"], 'jumpLoop "MINE"'],
  [
    "filter",
    [mine, ":B - [0:0]", "-A MINE -j B", "-A B -g MINE", "-A INPUT -j MINE", "-A OUTPUT -j B"],
    'jumpLoop "MINE"',
  ],
  ["filter", [mine, ":B - [0:0]", "-A MINE -j B", "-A INPUT -j MINE", "-A INPUT -j B", "-A INPUT -j MINE"]],
];

test.each(files)("in %s: %j", (table, lines, ...expected) =>
  check(`*${table}\n${lines.join("\n")}\nCOMMIT\n`, expected),
);

test("chains last over the sections of one table and not over those of others", () => {
  check(`*filter\n${mine}\nCOMMIT\n*filter\n-A INPUT -j MINE\nCOMMIT\n`, []);
  check(`*filter\n${mine}\nCOMMIT\n*mangle\n-A INPUT -j MINE\nCOMMIT\n`, ['unknownTarget "MINE"']);
});

test("a misspelled chain can be put right, and a late one is shown", () => {
  const misspelled = parseIptables(`*filter\n${mine}\n-A INPUT -j MIEN\nCOMMIT\n`);
  expect(checkIptables(misspelled, iptablesRuleset(misspelled))[0]?.fixes?.[0]?.edits[0]?.text).toBe("MINE");
  const late = parseIptables(`*filter\n-A INPUT -j MINE\n${mine}\nCOMMIT\n`);
  expect(checkIptables(late, iptablesRuleset(late))[0]?.related).toHaveLength(1);
});
