import type { Value } from "../../facts/iptables/extension.js";
import type { Span } from "../../text/span.js";
import type { Lint, LintContext, LintFinding } from "../rule.js";
import { foundIn, foundInArguments, nftTreeOf } from "../written.js";

/** A number that looks decimal and is read as octal. */
export const noAmbiguousNumber: Lint = {
  id: "noAmbiguousNumber",
  severity: "warning",
  summary: "A number with a leading zero is read as octal, not as the decimal number it looks like.",
  doc: [
    "Both tools read numbers as C does: a leading `0` makes them octal. `tcp dport 022` is port 18, `010.0.0.1` is 8.0.0.1 and",
    "`/024` is a length of 20. Numbers with an 8 or 9 in them are taken for decimal or refused, so that `08` and `010` may",
    "stand side by side and be read in two ways.",
    "",
    "Told where the two ways give different numbers.",
    "",
    "Leave the zeros out, or write the octal number as a decimal one.",
  ].join("\n"),
  examples: {
    bad: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    tcp dport 022 drop",
          "    #         ^^^",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT ACCEPT [0:0]",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A INPUT -s 192.168.010.2 -p tcp -m tcp --dport 22 -j ACCEPT",
          "#                   ^^^",
          "-A INPUT -p tcp -m tcp --dport 22 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
    good: [
      {
        language: "nftables",
        text: [
          "table inet filter {",
          "  chain input {",
          "    type filter hook input priority filter; policy accept;",
          "    ip saddr 192.168.001.002 tcp dport 22 accept",
          "    ip6 saddr fe80::010 tcp dport 22 accept",
          '    meta hour "08:00"-"09:00" tcp dport 22 accept comment "not 010"',
          "    tcp dport { 07, 0x16 } drop",
          "  }",
          "}",
          "",
        ].join("\n"),
      },
      {
        language: "iptables",
        text: [
          "*filter",
          ":INPUT ACCEPT [0:0]",
          ":FORWARD ACCEPT [0:0]",
          ":OUTPUT ACCEPT [0:0]",
          "-A INPUT -p tcp -m tcp --dport 22 -m limit --limit 010/sec -j ACCEPT",
          "-A INPUT -p tcp -m tcp --dport 22 -m time --timestart 010:00 -j DROP",
          "COMMIT",
          "",
        ].join("\n"),
      },
    ],
  },
  find,
};

const octal = /(?<!\w)0+[1-7][0-7]+(?!\w)/g;

function* find(context: LintContext): Iterable<LintFinding> {
  for (const place of octalPlaces(context)) {
    for (const match of context.text.slice(place.start, place.end).matchAll(octal)) {
      const start = place.start + match.index;
      yield describe({ start, end: start + match[0].length }, match[0]);
    }
  }
}

/** Values in which a leading zero is octal. IPv6, Ethernet and class ids are hexadecimal, and have colons in them. */
function octalPlaces(context: LintContext): Iterable<Span> {
  const { text } = context;
  if (!nftTreeOf(context)) return octalArguments(context);
  const mayBeOctal = new Set(["number", "address"]);
  return foundIn(
    context,
    octal,
    ({ role, start, end }) => mayBeOctal.has(role) && !text.slice(start, end).includes(":"),
  );
}

function* octalArguments(context: LintContext): Iterable<Span> {
  for (const { type, value } of foundInArguments(context, octal)) if (isOctal(type, value.text)) yield value;
}

/** The C library reads the ports of some matches, rates and protocols' names by other rules. */
function isOctal(type: Value, text: string): boolean {
  switch (type.type) {
    case "integer":
    case "mark":
    case "protocol":
    case "natPorts":
      return true;
    case "port":
      return !type.wraps;
    case "word":
      return type.orInteger !== undefined;
    case "address":
      return !text.includes(":");
    default:
      return type.type === "natAddress" && !/:.*:/.test(text);
  }
}

function describe(span: Span, written: string): LintFinding {
  const [value, looks] = [Number.parseInt(written, 8), Number.parseInt(written, 10)];
  return {
    span,
    message:
      `A leading zero makes a number octal: \`${written}\` is ${value}, not ${looks}. ` +
      `Write \`${looks}\` if that is meant, else \`${value}\`.`,
    fixes: [looks, value].map((number) => ({
      title: `Change to \`${number}\`${number === value ? ", as it is read now" : ""}`,
      edits: [{ span, text: String(number) }],
    })),
  };
}
