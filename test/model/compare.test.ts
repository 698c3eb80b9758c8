import { describe, expect, test } from "vitest";
import {
  alwaysHolds,
  contradiction,
  covers,
  excludes,
  exhausts,
  implies,
  neverHolds,
} from "../../netfilter/model/compare.js";
import type { Condition, Values } from "../../netfilter/model/ruleset.js";

type Op = Condition["op"];

function condition(field: string, op: Op, values: Values, mask?: bigint): Condition {
  return { kind: "condition", start: 0, end: 0, field, op, values, ...(mask !== undefined && { mask }) };
}

/** `meta mark == 0x10/0xff`, `tcp dport != 22,80-90`, `meta iifname == eth*,lo`, `ip saddr == @s`, `limit ?`. */
function read(text: string): Condition {
  const [, field, op, rest, mask] = /^(.*) (==|!=|set|unset|\?)(?: ([^/]*)(?:\/(\w+))?)?$/.exec(text) ?? [];
  const list = rest?.split(",") ?? [];
  if (field === undefined || op === "?") return condition(field ?? "", "==", { kind: "opaque" });
  if (rest?.startsWith("@")) return condition(field, op as Op, { kind: "set", name: rest });
  if (/name$/.test(field)) return condition(field, op as Op, { kind: "names", names: list });
  const ranges = list.map((item) => {
    const [from = "", to = from] = item.split("-");
    return { from: BigInt(from), to: BigInt(to) };
  });
  return condition(field, op as Op, { kind: "ranges", ranges }, mask === undefined ? undefined : BigInt(mask));
}

const all = (...texts: string[]) => texts.map(read);

describe("implies", () => {
  const yes = [
    ["tcp dport == 22", "tcp dport == 20-30"],
    ["tcp dport == 20-30", "tcp dport == 10-24,25-40"],
    ["tcp dport == 22", "tcp dport != 80,443"],
    ["tcp dport != 20-30", "tcp dport != 22"],
    ["tcp dport != 22", "tcp dport == 0-21,23-65535"],
    ["meta mark == 0x36", "meta mark == 0x30/0xf0"],
    ["meta mark == 0x36/0xffffffff", "meta mark == 0x36"],
    ["meta mark == 0x36/0xff", "meta mark != 0x40/0xf0"],
    ["meta mark == 0x36/0xff", "meta mark != 0"],
    ["ip saddr == 0x0a000000-0x0a0000ff", "ip saddr == 0x0a000000/0xff000000"],
    ["ip saddr == 0x0a000000/0xffffff00", "ip saddr == 0x0a000000-0x0affffff"],
    ["ct state set 2", "ct state set 2,4"],
    ["ct state set 2", "ct state != 8"],
    ["ct state set 2", "ct state unset 8"],
    ["ct state unset 1,4,8,64", "ct state set 2"],
    ["ct status set 2", "ct status set 6"],
    ["ct status unset 6", "ct status unset 2"],
    ["tcp flags == 2/0x17", "tcp flags set 2"],
    ["meta iifname == eth0", "meta iifname == eth*"],
    ["meta iifname == eth0,eth1", "meta iifname == eth*,lo"],
    ["meta iifname != eth*", "meta iifname != eth0"],
    ["meta iifname == eth0", "meta iifname != wan*"],
    ["ip saddr == @s", "ip saddr == @s"],
    ["ip saddr != @s", "ip saddr != @s"],
  ];
  test.each(yes)("%s => %s", (a, b) => expect(implies(read(a as string), read(b as string))).toBe(true));

  const no = [
    ["tcp dport == 22", "tcp sport == 22"],
    ["tcp dport == 20-30", "tcp dport == 22"],
    ["tcp dport != 22", "tcp dport == 0-21"],
    ["meta mark == 0x36/0xff", "meta mark == 0x36"],
    ["meta mark == 0x30/0xf0", "meta mark == 0x36/0xff"],
    ["ct status set 6", "ct status set 2"],
    ["ct state set 2,4", "ct state set 2"],
    ["meta iifname == eth*", "meta iifname == eth0"],
    ["meta iifname == wan*", "meta iifname != wan0"],
    ["ip saddr == @s", "ip saddr == @t"],
    ["ip saddr == @s", "ip saddr != @s"],
    ["ip saddr == 1", "ip saddr == @s"],
    ["limit ?", "limit ?"],
    ["numgen inc == 0", "numgen inc == 0"],
  ];
  test.each(no)("not %s => %s", (a, b) => expect(implies(read(a as string), read(b as string))).toBe(false));
});

describe("excludes", () => {
  const yes = [
    ["tcp dport == 22", "tcp dport == 80,443"],
    ["tcp dport == 22", "tcp dport != 22"],
    ["meta mark == 0x10/0xf0", "meta mark == 0x25"],
    ["meta mark == 0x10/0xf0", "meta mark == 0x20/0xff"],
    ["ct state set 8", "ct state set 2,4"],
    ["tcp flags == 2/0x17", "tcp flags set 16"],
    ["meta iifname == eth*", "meta iifname == wan0"],
    ["meta iifname == eth0", "meta iifname != eth*"],
    ["ip saddr == @s", "ip saddr != @s"],
  ];
  test.each(yes)("%s and %s", (a, b) => {
    expect(excludes(read(a as string), read(b as string))).toBe(true);
    expect(excludes(read(b as string), read(a as string))).toBe(true);
  });

  const no = [
    ["ct status set 2", "ct status set 4"],
    ["meta mark == 1/0xff", "meta mark == 0x100/0xff00"],
    ["meta iifname == eth*", "meta iifname == e*"],
    ["meta iifname == eth0", "meta oifname == eth1"],
    ["ip saddr == @s", "ip saddr == @t"],
    ["limit ?", "limit ?"],
  ];
  test.each(no)("not %s and %s", (a, b) => expect(excludes(read(a as string), read(b as string))).toBe(false));
});

test.each([
  ["tcp dport != 22", "tcp dport != 80", true],
  ["tcp dport != 20-30", "tcp dport != 25", false],
  ["ip saddr != 1", "ip saddr == 0-5", true],
  ["meta iifname != eth0", "meta iifname != eth1", true],
  ["meta iifname != eth0", "meta iifname != eth*", false],
  ["ct state != 2", "ct state set 2,8", true],
  ["limit ?", "limit ?", false],
] as const)("%s or %s exhausts: %s", (a, b, expected) => expect(exhausts(read(a), read(b))).toBe(expected));

test.each([
  ["meta mark == 0x100/0xff", true, false],
  ["meta mark != 0x100/0xff", false, true],
  ["meta mark == 0x10/0xff", false, false],
  ["ct state == 6", true, false],
  ["ct state != 6", false, true],
  ["ct state set 2,4", false, false],
  ["tcp dport != 0-65535", true, false],
  ["tcp dport == 0-65535", false, true],
  ["tcp flags == 4/2", true, false],
  ["ip ttl == 256-255", true, false],
  ["ct mark == 0-0xffffffff", false, true],
  ["ip length == 0-65535", false, false],
  ["meta iifname == eth0", false, false],
  ["ip saddr == @s", false, false],
  ["limit ?", false, false],
] as const)("%s never holds: %s, always: %s", (text, never, always) => {
  expect(neverHolds(read(text))).toBe(never);
  expect(alwaysHolds(read(text))).toBe(always);
});

test("lists of conditions", () => {
  const wide = all("meta l4proto == 6", "tcp dport == 22");
  expect(covers(wide, all("tcp dport == 22", "ip saddr == 1", "meta l4proto == 6", "limit ?"))).toBe(true);
  expect(covers([], all("tcp dport == 22"))).toBe(true);
  expect(covers(wide, all("tcp dport == 22"))).toBe(false);
  expect(covers(all("limit ?"), all("limit ?"))).toBe(false);
  expect(contradiction(wide)).toBeUndefined();
  const [first, between, second] = all("tcp dport == 22", "limit ?", "tcp dport == 80");
  expect(contradiction([first, between, second] as Condition[])).toEqual([first, second]);
});

/** Every field that is five bits wide stands for all of them: an answer of yes must hold for each of its numbers. */
describe("against every value of a small field", () => {
  const draw = (below: number) => Math.floor(Math.random() * below);
  const number = (field: string) => (field === "ct state" ? draw(80) : draw(32));
  const randomCondition = (field: string): Condition => {
    const op = (["==", "==", "!=", "set", "unset"] as const)[draw(5)] as Op;
    const ranges = Array.from({ length: 1 + draw(3) }, () => {
      const from = BigInt(number(field));
      const single = op === "set" || op === "unset" || draw(2) === 0;
      return { from, to: single ? from : from + BigInt(draw(8)) };
    });
    const mask = draw(2) === 0 ? undefined : BigInt(draw(32));
    return condition(field, op, { kind: "ranges", ranges }, mask);
  };
  const shown = ({ op, mask, values }: Condition) => {
    const ranges = values.kind === "ranges" ? values.ranges.map(({ from, to }) => `${from}-${to}`) : [];
    return `${op} ${ranges.join()}/${mask}`;
  };
  const holds = ({ op, mask = -1n, values }: Condition, x: bigint): boolean => {
    const ranges = values.kind === "ranges" ? values.ranges : [];
    if (op === "set" || op === "unset") return ranges.some(({ from }) => (from & x & mask) !== 0n) === (op === "set");
    return ranges.some(({ from, to }) => from <= (x & mask) && (x & mask) <= to) === (op === "==");
  };
  /** Numbers beyond 32 too: the width of the field is not known, or far larger. */
  const samples: Readonly<Record<string, readonly bigint[]>> = {
    "meta length": Array.from({ length: 64 }, (_, x) => BigInt(x)),
    "meta mark": [...Array.from({ length: 64 }, (_, x) => BigInt(x)), 0xffff_ffe0n, 0xffff_ffffn],
    "tcp flags": Array.from({ length: 256 }, (_, x) => BigInt(x)),
    "ct state": [1n, 2n, 4n, 8n, 64n],
  };

  test.each(Object.entries(samples))("%s", (field, numbers) => {
    const answers = { implied: 0, excluded: 0, exhausted: 0, never: 0 };
    for (let round = 0; round < 1500; round++) {
      const [a, b] = [randomCondition(field), randomCondition(field)];
      const certain = (yes: boolean, name: keyof typeof answers, truth: (x: bigint) => boolean) => {
        if (!yes) return;
        answers[name]++;
        const wrong = numbers.find((x) => !truth(x));
        if (wrong !== undefined) expect.fail(`${name} is wrong for ${wrong}: ${shown(a)} and ${shown(b)}`);
      };
      certain(implies(a, b), "implied", (x) => !holds(a, x) || holds(b, x));
      certain(excludes(a, b), "excluded", (x) => !holds(a, x) || !holds(b, x));
      certain(exhausts(a, b), "exhausted", (x) => holds(a, x) || holds(b, x));
      certain(neverHolds(a), "never", (x) => !holds(a, x));
    }
    for (const [name, count] of Object.entries(answers)) expect(count, name).toBeGreaterThan(10);
  });
});
