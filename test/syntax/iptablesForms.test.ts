import { describe, expect, test } from "vitest";
import type { IpFamily, Value } from "../../netfilter/facts/iptables/extension.js";
import type { RuleLine, TableSection } from "../../netfilter/syntax/iptables/nodes.js";
import { parseIptables } from "../../netfilter/syntax/iptables/parse.js";
import { usualSpelling } from "../../netfilter/syntax/iptables/usual.js";
import { problemOf } from "../../netfilter/syntax/iptables/values.js";
import { shownRule } from "./shownRule.js";

/** Reads a line behind some of one form, and says whether it was taken for one of them; it must say what it says alone. */
function check(example: string, line: string, known: boolean, { table = "filter", family = "ipv4" as IpFamily } = {}) {
  const head = `*${table}\n${`${example}\n`.repeat(3)}`;
  const behind = read(`${head}${line}\nCOMMIT\n`, 3, family);
  expect(behind.rule.form !== undefined).toBe(known);
  const blank = `*${table}\n${"# \n".padStart(head.length - table.length - 2, "#\n")}`;
  expect(blank).toHaveLength(head.length);
  const alone = read(`${blank}${line}\nCOMMIT\n`, 0, family);
  expect(shown(behind)).toEqual(shown(alone));
}

interface Read {
  readonly rule: RuleLine;
  readonly errors: readonly unknown[];
}

function read(text: string, index: number, family: IpFamily): Read {
  const { root, errors } = parseIptables(text, { family });
  const rules = (root.items[0] as TableSection).lines.filter((line) => line.kind === "rule");
  const rule = rules[index] as RuleLine;
  return { rule, errors: errors.filter(({ span }) => span.start >= rule.start && span.start <= rule.end) };
}

function shown({ rule, errors }: Read): unknown {
  return { ...shownRule(rule), errors };
}

const accept = "-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT";
const jump = '-A INPUT -i lan0 -m comment --comment "a b" -j lan';
const mark = "-A INPUT -m mark --mark 0x1/0xff -m conntrack --ctstate NEW -j LOG";
const dnat = "-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080";

const ofTheForm: readonly [string, string][] = [
  [accept, "-A OUTPUT -s 192.0.2.7 -p tcp -m tcp --dport 443 -j ACCEPT"],
  [accept, "-A INPUT -s example.org -p tcp -m tcp --dport ssh -j ACCEPT"],
  [accept, "-A INPUT -s 10.0.0.0/255.255.0.0 -p tcp -m tcp --dport 1024: -j ACCEPT"],
  [jump, '-A FORWARD -i wan+ -m comment --comment "x -j DROP" -j CUSTOM-chain'],
  [jump, "-A FORWARD -i wan+ -m comment --comment plain -j lan"],
  [mark, "-A INPUT -m mark --mark 0x1 -m conntrack --ctstate RELATED,ESTABLISHED -j LOG"],
  ["[1:2] -A INPUT -i lo -j ACCEPT", "[12345:67890] -A INPUT -i eth0 -j ACCEPT"],
  ["-A INPUT -i lo -j ACCEPT ", "-A INPUT -i eth0 -j ACCEPT "],
  ["-A INPUT -j lan -p tcp", "-A FORWARD -j wan -p tcp"],
  ["-A INPUT ! -i lo -g lan", "-A INPUT ! -i eth0 -g ACCEPT"],
];

const notOfTheForm: readonly [string, string][] = [
  [accept, "-A INPUT -s 10.0.0.1,10.0.0.2 -p tcp -m tcp --dport 22 -j ACCEPT"],
  [accept, "-A INPUT -s 10.0.0.1/33 -p tcp -m tcp --dport 22 -j ACCEPT"],
  [accept, "-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 65536 -j ACCEPT"],
  [accept, "-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport -j ACCEPT"],
  [accept, "-A INPUT -s 10.0.0.1/32 -p udp -m tcp --dport 22 -j ACCEPT"],
  [accept, "-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPTS"],
  [accept, "-A INPUT -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT -i lo"],
  [accept, "-A INPUT -s  -p tcp -m tcp --dport 22 -j ACCEPT"],
  [accept, "-A INPUT  -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT"],
  [accept, "-A averylongnamethatnochainmayhave -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT"],
  [accept, "-A -x -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT"],
  [accept, '-A IN"PUT" -s 10.0.0.1/32 -p tcp -m tcp --dport 22 -j ACCEPT'],
  [jump, '-A INPUT -i lan0 -m comment --comment "a b" -j DROP'],
  [jump, '-A INPUT -i lan0 -m comment --comment "a b -j lan'],
  [jump, '-A INPUT -i lan0 -m comment --comment "a \\" b" -j lan'],
  [jump, '-A INPUT -i lan0 -m comment --comment "!" -j lan'],
  [jump, '-A INPUT -i averylongnameofalink -m comment --comment "a b" -j lan'],
  [mark, "-A INPUT -m mark --mark 0x100/0xff -m conntrack --ctstate NEW -j LOG"],
  [mark, "-A INPUT -m mark --mark 0x1/0xff -m conntrack --ctstate NEWS -j LOG"],
  ["[1:2] -A INPUT -i lo -j ACCEPT", "[1:x] -A INPUT -i lo -j ACCEPT"],
  ["[1:2] -A INPUT -i lo -j ACCEPT", "-A INPUT -i lo -j ACCEPT"],
  ["-A -j -j lan", "-A -j -j wan"],
  ['-A "INPUT" -j lan', '-A "INPUT" -j wan'],
  ["-A INPUT -j lan -i lan0", "-A INPUT -j wan -i wan0"],
  ["-I INPUT 1 -i lo -j ACCEPT", "-I INPUT 2 -i lo -j ACCEPT"],
];

describe("a line of a form that was met before is known without being read", () => {
  test.each(ofTheForm)("%s: %s", (example, line) => check(example, line, true));
  test("where addresses are translated", () => {
    check(dnat, dnat.replace("10.0.0.2:8080", "192.0.2.3"), true, { table: "nat" });
    check(dnat, dnat.replace("10.0.0.2:8080", "10.0.0.2:x-y"), false, { table: "nat" });
    const bare = "-A POSTROUTING -o wan0 -j SNAT --to-source 192.0.2.1";
    check(bare, `${bare}:80`, false, { table: "nat" });
  });
  test("in IPv6", () => check("-A INPUT -s ::1/128 -j lan", "-A INPUT -s fd00:1::7 -j wan", true, { family: "ipv6" }));
});

describe("any other is read", () => {
  test.each(notOfTheForm)("%s: %s", (example, line) => check(example, line, false));
});

test("a form of one table says nothing of another one", () => {
  const lines = "-A OUTPUT -p tcp -j DROP\n".repeat(4);
  const { errors } = parseIptables(`*filter\n${lines}COMMIT\n*nat\n${lines}COMMIT\n`);
  expect(errors.map(({ code }) => code)).toEqual(Array(4).fill("targetNotAllowed"));
});

test("a chain that hides a target makes forms useless", () => {
  const lines = "-A INPUT -i lo -j LOG\n".repeat(4);
  const { root } = parseIptables(`*filter\n${lines}:LOG - [0:0]\n${lines}COMMIT\n`);
  const rules = (root.items[0] as TableSection).lines.filter((line) => line.kind === "rule");
  expect(rules.map(({ lead }) => lead?.name)).toEqual([...Array(4).fill(undefined), ...Array(4).fill("LOG")]);
});

describe("what is spelt as usual is taken by the tools", () => {
  const values: readonly [Value, IpFamily, readonly string[]][] = [
    [
      { type: "address", prefix: true, list: true },
      "ipv4",
      ["0.0.0.0", "255.249.199.99/32", "10.0.0.0/8", "1.2.3.4/0"],
    ],
    [
      { type: "address", prefix: true, list: true },
      "ipv6",
      ["::", "::1/128", "1:2:3:4:5:6:7:8", "fd00::/8", "a:b:c:d::1:2:3", "1:2:3:4:5:6::/99"],
    ],
    [{ type: "address", range: true }, "ipv4", ["192.0.2.1"]],
    [{ type: "port", range: ":", wraps: true }, "ipv4", ["0", "59999", "1"]],
    [{ type: "port", range: ":", list: 3 }, "ipv4", ["1", "1,2", "1,22,333"]],
    [{ type: "interface" }, "ipv4", ["lo", "eth0.100", "fifteen-letters"]],
    [{ type: "text", max: 29 }, "ipv4", ['"a b"', '"12345678901234567890123456789"']],
    [{ type: "natAddress" }, "ipv4", ["10.0.0.1", "10.0.0.1:80"]],
  ];
  test.each(values)("%o %s", (value, family, spellings) => {
    const usual = new RegExp(`^(?:${usualSpelling(value, family)})$`);
    for (const spelling of spellings) {
      expect(usual.test(spelling)).toBe(true);
      expect(problemOf(value, spelling.replaceAll('"', ""), family)).toBeUndefined();
    }
  });
  const refused: readonly [Value, IpFamily, readonly string[]][] = [
    [
      { type: "address", prefix: true, list: true },
      "ipv4",
      ["256.0.0.1", "1.2.3", "01.2.3.4", "1.2.3.4/33", "1.2.3.4/08"],
    ],
    [
      { type: "address", prefix: true, list: true },
      "ipv6",
      [":", "1:2:3:4:5:6:7::8:9", "1::2::3", "::1/129", "12345::"],
    ],
    [{ type: "port", range: ":", list: 3 }, "ipv4", ["65536", "099", "1,2,3,4", "1,"]],
    [{ type: "interface" }, "ipv4", ["sixteen-letters-", "-x", '"a"']],
    [{ type: "text", max: 29 }, "ipv4", ['"123456789012345678901234567890"', '"a\\"b"', '""', '"open']],
    [{ type: "natAddress" }, "ipv4", ["10.0.0.1:", "10.0.0.1:99999"]],
  ];
  test.each(refused)("but not everything: %o %s", (value, family, spellings) => {
    const usual = new RegExp(`^(?:${usualSpelling(value, family)})$`);
    for (const spelling of spellings) expect(usual.test(spelling)).toBe(false);
  });
});
