import { rulesAboutMarks, rulesThatMark } from "../../model/markUse.js";
import type { Action, Condition, MarkAction, Ruleset } from "../../model/ruleset.js";
import { conditionsOf } from "../../model/walk.js";
import type { Fix } from "../../text/finding.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";

/** A mark that is written in part and compared as a whole. */
export const noPartialMark: Lint = {
  id: "noPartialMark",
  severity: "information",
  summary: "A mark is written under a mask but compared as a whole, so other bits of the mark make the rule miss.",
  doc: [
    "Writing a mark under a mask (`--set-xmark 0x30/0xff`, `meta mark set meta mark & 0xffffff00 | 0x30`) leaves the other",
    "bits as they are, so that several uses can share the 32 bits. A rule that compares the whole mark with the value then",
    "misses every packet in which another use has set its bits.",
    "",
    "Told when the value fits into the mask of such a write and no rule ever writes it whole. Whether other bits are set",
    "hangs on what else marks packets on the machine, so this is information and no warning.",
    "",
    "Compare under the same mask: `--mark 0x30/0xff`, `meta mark & 0xff == 0x30`.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet uplinks {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    meta l4proto udp meta mark set meta mark | 0x100",
          "    ip saddr 192.0.2.7 meta mark set meta mark & 0xffffff00 | 0x30",
          "    meta mark 0x30 counter",
          "#   ^^^^^^^^^^^^^^",
          "    meta mark & 0x100 == 0x100 counter",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*mangle",
          ":PREROUTING ACCEPT [0:0]",
          "-A PREROUTING -p udp -j MARK --set-xmark 0x100/0x100",
          "-A PREROUTING -s 192.0.2.7/32 -j MARK --set-xmark 0x30/0xff",
          "-A PREROUTING -m mark --mark 0x30 -j TTL --ttl-set 64",
          "#                     ^^^^^^^^^^^",
          "-A PREROUTING -m mark --mark 0x100/0x100 -j TTL --ttl-set 32",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet uplinks {",
          "  chain pre {",
          "    type filter hook prerouting priority mangle; policy accept;",
          "    meta l4proto udp meta mark set meta mark | 0x100",
          "    ip saddr 192.0.2.7 meta mark set meta mark & 0xffffff00 | 0x30",
          "    meta mark & 0xff == 0x30 counter",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*mangle",
          ":PREROUTING ACCEPT [0:0]",
          "-A PREROUTING -s 192.0.2.7/32 -j MARK --set-xmark 0x30/0xffffffff",
          "-A PREROUTING -m mark --mark 0x30 -j TTL --ttl-set 64",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  needsWhole: true,
  find,
};

/** A write of a constant: `mark = (mark & ~clear) ^ constant`. */
interface Write {
  readonly action: Action;
  readonly clear: number;
  readonly constant: number;
}

const whole = 0xffff_ffff;

function* find(context: LintContext): Iterable<LintFinding> {
  const { text, ruleset } = context;
  if (!/mark/i.test(text)) return;
  const writes = writesOf(ruleset);
  if (!writes?.some(({ clear }) => clear !== whole)) return;
  for (const rule of rulesAboutMarks(ruleset)) {
    for (const asked of conditionsOf(rule)) {
      const value = wholeValue(asked);
      const part = value === undefined ? undefined : partialWrite(value, writes);
      if (part && value !== undefined) yield describe(asked, value, part, writes, context);
    }
  }
}

/** Every write to the marks of packets and connections; undefined when one of them may write any value. */
function writesOf(ruleset: Ruleset): Write[] | undefined {
  const found: Write[] = [];
  for (const { actions } of rulesThatMark(ruleset)) {
    for (const action of actions) {
      if (action.do !== "setMark") continue;
      const constant = constantOf(action);
      if (constant === "unknown") return undefined;
      if (constant !== undefined) found.push({ action, clear: action.clear >>> 0, constant });
    }
  }
  return found;
}

/** Nothing for a mark that comes back from the connection: it is one that was set before. */
function constantOf({ value }: MarkAction): number | "unknown" | undefined {
  if (typeof value === "string") return "unknown";
  return "constant" in value ? value.constant >>> 0 : undefined;
}

/** The one number other than 0 that a condition compares the whole mark with. */
function wholeValue({ field, op, mask, values }: Condition): number | undefined {
  if (field !== "meta mark" || op !== "==" || values.kind !== "ranges" || values.ranges.length !== 1) return undefined;
  if (mask !== undefined && mask !== BigInt(whole)) return undefined;
  const [{ from, to }] = values.ranges as [{ from: bigint; to: bigint }];
  return from === to && from !== 0n ? Number(from) : undefined;
}

/** A write under a mask into which the value fits, unless some rule writes the whole value at once. */
function partialWrite(value: number, writes: readonly Write[]): Write | undefined {
  if (writes.some(({ clear, constant }) => clear === whole && constant === value)) return undefined;
  const parts = writes.filter(({ clear }) => clear !== whole && (value & ~clear) === 0);
  return parts.find(({ constant }) => constant === value) ?? parts[0];
}

function describe(
  asked: Condition,
  value: number,
  part: Write,
  writes: readonly Write[],
  { ruleset }: LintContext,
): LintFinding {
  const mask = `0x${part.clear.toString(16)}`;
  const other = writes.find(({ constant }) => (constant & ~part.clear) !== 0);
  return {
    span: asked,
    message:
      `This compares the whole mark, but the value is written under the mask ${mask} only, which keeps all other bits: a ` +
      `packet that has one of them set is missed. Compare under the mask ${mask}.`,
    related: [
      { span: part.action, message: "the mark is written under a mask here" },
      ...(other ? [{ span: other.action, message: "other bits of the mark are set here" }] : []),
    ],
    fixes: [maskIt(asked, `0x${value.toString(16)}`, mask, ruleset)],
  };
}

function maskIt({ start, end }: Condition, value: string, mask: string, { language }: Ruleset): Fix {
  const text = language === "nftables" ? `meta mark & ${mask} == ${value}` : `--mark ${value}/${mask}`;
  return { title: `Compare under the mask ${mask}`, edits: [{ span: { start, end }, text }] };
}
