import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";

/** The texts that the lint points at. */
function found(language: Language, text: string): string[] {
  return analyze(text, language)
    .findings.filter(({ code }) => code === "noUnsavedMark")
    .map(({ span, related }) => [span, ...(related ?? []).map((place) => place.span)])
    .map((spans) => spans.map(({ start, end }) => text.slice(start, end)).join(" | "));
}

const mangle = (...rules: string[]) => `*mangle\n:user - [0:0]\n${rules.join("\n")}\nCOMMIT\n`;
const restore = "-A PREROUTING -j CONNMARK --restore-mark";
const save = "-A PREROUTING -j CONNMARK --save-mark";

describe("iptables", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      "an accept under the same condition",
      [restore, "-A PREROUTING -i lan -j MARK --set-mark 1", "-A PREROUTING -i lan -j ACCEPT", save],
      ["-j ACCEPT | -A PREROUTING -j CONNMARK --save-mark | -A PREROUTING -i lan -j MARK --set-mark 1"],
    ],
    [
      "an accept of the mark just set",
      [restore, "-A PREROUTING -i lan -j MARK --set-mark 1", "-A PREROUTING -m mark --mark 1 -j ACCEPT", save],
      ["-j ACCEPT | -A PREROUTING -j CONNMARK --save-mark | -A PREROUTING -i lan -j MARK --set-mark 1"],
    ],
    [
      "an accept of another mark",
      [restore, "-A PREROUTING -i lan -j MARK --set-mark 1", "-A PREROUTING -m mark --mark 2 -j ACCEPT", save],
      [],
    ],
    [
      "an accept of unmarked packets, whose mark is set by then",
      [
        restore,
        "-A PREROUTING -m mark --mark 0 -j MARK --set-mark 1",
        "-A PREROUTING -m mark --mark 0 -j ACCEPT",
        save,
      ],
      [],
    ],
    [
      "an accept under another condition",
      [restore, "-A PREROUTING -i lan -j MARK --set-mark 1", "-A PREROUTING -i wan -j ACCEPT", save],
      [],
    ],
    [
      "the same random condition, drawn twice",
      [
        restore,
        "-A PREROUTING -m statistic --mode random --probability 0.5 -j MARK --set-mark 1",
        "-A PREROUTING -m statistic --mode random --probability 0.5 -j ACCEPT",
        save,
      ],
      [],
    ],
    [
      "saved in the user chain already",
      [
        restore,
        "-A PREROUTING -j user",
        save,
        "-A user -j MARK --set-mark 1",
        "-A user -j CONNMARK --save-mark",
        "-A user -j ACCEPT",
      ],
      [],
    ],
    ["no save that could be skipped", [restore, "-A PREROUTING -j MARK --set-mark 1", "-A PREROUTING -j ACCEPT"], []],
    ["nothing that would restore it", ["-A PREROUTING -j MARK --set-mark 1", "-A PREROUTING -j ACCEPT", save], []],
    [
      "saved again on the way out",
      [
        restore,
        "-A PREROUTING -i lan -j MARK --set-mark 1",
        "-A PREROUTING -i lan -j ACCEPT",
        save,
        "-A POSTROUTING -j CONNMARK --save-mark",
      ],
      [],
    ],
    [
      "a save that asks for a mark this one has not",
      [
        restore,
        "-A PREROUTING -i lan -j MARK --set-mark 1",
        "-A PREROUTING -i lan -j ACCEPT",
        "-A PREROUTING -m mark --mark 2 -j CONNMARK --save-mark",
      ],
      [],
    ],
    [
      "a mark set two chains deep, accepted one chain up",
      [
        restore,
        "-A PREROUTING -s 192.0.2.1/32 -j user",
        save,
        ":deep - [0:0]",
        "-A user -j deep",
        "-A user -j ACCEPT",
        "-A deep -j MARK --set-xmark 0x10/0xf0",
      ],
      ["-j ACCEPT | -A PREROUTING -j CONNMARK --save-mark | -A deep -j MARK --set-xmark 0x10/0xf0"],
    ],
    [
      "a chain left by goto, whose caller's save is not next",
      [restore, "-A PREROUTING -g user", save, "-A user -j MARK --set-mark 1", "-A user -j ACCEPT"],
      [],
    ],
  ];
  test.each(cases)("%s", (_, rules, expected) => expect(found("iptables", mangle(...rules))).toEqual(expected));
});

describe("nftables", () => {
  const pre = (...rules: string[]) =>
    `table ip t {\n chain pre {\n  type filter hook prerouting priority -150\n  ${rules.join("\n  ")}\n }\n}\n`;
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      "two rules",
      ["meta mark set ct mark", "iifname lan meta mark set 1", "iifname lan accept", "ct mark set meta mark"],
      ["accept | ct mark set meta mark | iifname lan meta mark set 1"],
    ],
    [
      "a condition between the mark and the accept",
      ["meta mark set ct mark", "meta mark set 1 tcp dport 80 accept", "ct mark set meta mark"],
      [],
    ],
    ["no accept", ["meta mark set ct mark", "iifname lan meta mark set 1", "ct mark set meta mark"], []],
  ];
  test.each(cases)("%s", (_, rules, expected) => expect(found("nftables", pre(...rules))).toEqual(expected));
});

test("a comment above the line silences it", () => {
  const rules = [restore, "-A PREROUTING -j MARK --set-mark 1", "-A PREROUTING -j ACCEPT", save];
  expect(found("iptables", mangle(...rules))).toHaveLength(1);
  expect(found("iptables", mangle(...rules.toSpliced(2, 0, "# hookscope-ignore noUnsavedMark: marked anew")))).toEqual(
    [],
  );
  expect(found("iptables", mangle(...rules.toSpliced(2, 0, "# hookscope-ignore otherLint")))).toHaveLength(1);
});
