import { expect, test } from "vitest";
import { guessFamily, parseIptables } from "../../netfilter/syntax/iptables/parse.js";
import type { Finding } from "../../netfilter/text/finding.js";

/** The findings of a file: `code "text it stands at"`, a warning with `?` before it. */
function check(text: string, expected: readonly string[]): void {
  const found = parseIptables(text).errors.map(({ code, severity, span }) => {
    return `${severity === "warning" ? "?" : ""}${code} "${text.slice(span.start, span.end)}"`;
  });
  expect(found).toEqual(expected);
}

const files: readonly [text: string, ...expected: string[]][] = [
  [""],
  ["# nothing\n\n"],
  ["*filter\nCOMMIT\n"],
  ["*filter nat\n:INPUT ACCEPT\nCOMMIT\n# end"],
  ["* filter\n: INPUT ACCEPT [0:0]\nCOMMIT\n"],
  ["*filter\n:INPUT DROP [12:3456]\n:MINE - [0:0\n-A INPUT -j MINE\nCOMMIT\n*nat\nCOMMIT\n"],
  ["*filter\n# windows comment\r\nCOMMIT\n"],
  ["*filter\n:MINE - [0:0]\r\nCOMMIT\n"],
  ["*filter\n:INPUT ACCEPT [0:0]\n", 'missingCommit ":INPUT ACCEPT [0:0]"'],
  ["*filter\n", 'missingCommit "*filter"'],
  ["*filter\n:-MINE - [0:0]\nCOMMIT\n", 'badChainDeclaration "-MINE"'],
  ["*filter\n-A INPUT -j ACCEPT\n*nat\nCOMMIT\n", 'missingCommit "*nat"'],
  ["*filter\n-A INPUT -s\n", 'missingCommit "-A INPUT -s"', 'missingValue "-s"'],
  ["*filter\nCOMMIT", '?missingFinalNewline "COMMIT"'],
  ["*filter\nCOMMIT \n", 'unexpectedText " "'],
  ["*filter\n COMMIT\n", 'unexpectedText " "'],
  ["*filter\nCOMMIT # done\n", 'unexpectedText "COMMIT"', 'missingCommit "COMMIT # done"'],
  ["*filter\ncommit\n", 'unexpectedText "commit"', 'missingCommit "commit"'],
  ["*filter\n\t\nCOMMIT\n", 'unexpectedText "\t"'],
  ["*fliter\nCOMMIT\n", 'unknownTable "fliter"'],
  ["*\nCOMMIT\n", 'unknownTable "*"'],
  ["-A INPUT -j ACCEPT\n", 'unexpectedText "-A INPUT -j ACCEPT"'],
  ["table ip t { }\n", 'unexpectedText "table ip t { }"'],
  [" *filter\nCOMMIT\n", 'unexpectedText " "'],
  [" \n*filter\nCOMMIT\n", 'unexpectedText " "'],
  ["*filter\n-A INPUT -j ACCEPT\r\nCOMMIT\n", 'carriageReturn "\r"'],
  ["*filter\n-A INPUT -m comment --comment x\r\nCOMMIT\n"],
  ["*filter\n\r\nCOMMIT\n", 'carriageReturn "\r"'],
  ["\uFEFF*filter\nCOMMIT\n", 'unexpectedText "\uFEFF"'],
  ["*filter\r\n:INPUT ACCEPT [0:0]\r\n\r\n-A INPUT -j ACCEPT\r\nCOMMIT\r\n", 'carriageReturn "\r"'],
  ["*filter\n:INPUT\nCOMMIT\n", 'badChainDeclaration "INPUT"'],
  ["*filter\n:\nCOMMIT\n", 'badChainDeclaration ":"'],
  ["*filter\n:INPUT ACCEPT [a:b]\nCOMMIT\n", '?badChainDeclaration "[a:b]"'],
  ["*filter\n:AAAAAAAAAAAAAAAAAAAAAAAAAAAAA - [0:0]\nCOMMIT\n", 'badValue "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA"'],
];

test.each(files)("%j", (text, ...expected) => check(text, expected));

/** The text after the first fix that is safe to take unseen. */
function fixed(text: string): string | undefined {
  const fixes = parseIptables(text).errors.flatMap((finding: Finding) => finding.fixes ?? []);
  const edits = [...(fixes.find(({ preferred }) => preferred)?.edits ?? [])].sort(
    (a, b) => b.span.start - a.span.start,
  );
  return edits.reduce((result, { span, text }) => result.slice(0, span.start) + text + result.slice(span.end), text);
}

const fixes: readonly [before: string, after: string][] = [
  ["*filter\n-A INPUT -j ACCEPT\n", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"],
  ["*filter\n-A INPUT -j ACCEPT", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n"],
  ["*filter\n*nat\nCOMMIT\n", "*filter\nCOMMIT\n*nat\nCOMMIT\n"],
  ["*filter\nCOMMIT", "*filter\nCOMMIT\n"],
  ["*filter\nCOMMIT  \n", "*filter\nCOMMIT\n"],
  ["*fliter\nCOMMIT\n", "*filter\nCOMMIT\n"],
  ["*filter\r\nCOMMIT\r\n", "*filter\nCOMMIT\n"],
  ["*filter\n:INPUT\nCOMMIT\n", "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"],
  ["*filter\n:MINE\nCOMMIT\n", "*filter\n:MINE - [0:0]\nCOMMIT\n"],
  ["*filter\n-A INPUT -p tcp --syyn\nCOMMIT\n", "*filter\n-A INPUT -p tcp --syn\nCOMMIT\n"],
  ["*filter\n-A INPUT -m sockt\nCOMMIT\n", "*filter\n-A INPUT -m socket\nCOMMIT\n"],
  ["*filter\n-A INPUT -s ! 10.0.0.1\nCOMMIT\n", "*filter\n-A INPUT ! -s 10.0.0.1\nCOMMIT\n"],
  ["*filter\n-A INPUT -p tcp --dport 1-5\nCOMMIT\n", "*filter\n-A INPUT -p tcp --dport 1:5\nCOMMIT\n"],
  [
    "*filter\n-A INPUT -m state --state NEW,ESTABLISHD\nCOMMIT\n",
    "*filter\n-A INPUT -m state --state NEW,ESTABLISHED\nCOMMIT\n",
  ],
  ["*filter\niptables -A INPUT -j DROP\nCOMMIT\n", "*filter\n-A INPUT -j DROP\nCOMMIT\n"],
  ["*filter\n-A INPUT -jDROP\nCOMMIT\n", "*filter\n-A INPUT -j DROP\nCOMMIT\n"],
];

test.each(fixes)("the fix of %j", (before, after) => {
  expect(fixed(before)).toBe(after);
  expect(
    parseIptables(after).errors.filter(({ severity }) => severity === "error" && after.includes("conntrack") === false),
  ).toEqual([]);
});

const families: readonly [string, "ipv4" | "ipv6"][] = [
  ["*filter\nCOMMIT\n", "ipv4"],
  ["*filter\n-A INPUT -s fe80::/10 -j ACCEPT\nCOMMIT\n", "ipv6"],
  ["*filter\n-A INPUT --source ::1 -j ACCEPT\nCOMMIT\n", "ipv6"],
  ["*filter\n-A INPUT -s 10.0.0.1 -p icmpv6 -j ACCEPT\nCOMMIT\n", "ipv4"],
  ["*filter\n-A INPUT -p icmpv6 -j ACCEPT\nCOMMIT\n", "ipv6"],
  ["*filter\n-A INPUT -m hl --hl-eq 255 -j ACCEPT\nCOMMIT\n", "ipv6"],
  ["*filter\n-A INPUT -m ttl --ttl-eq 255 -j ACCEPT\nCOMMIT\n", "ipv4"],
  ["# Generated by ip6tables-save v1.8.9\n*filter\nCOMMIT\n", "ipv6"],
  ["*filter\n-A INPUT -s ::ffff:1.2.3.4 -j ACCEPT\nCOMMIT\n", "ipv4"],
  ["*filter\n-A INPUT -m mac --mac-source 00:11:22:33:44:55 -j ACCEPT\nCOMMIT\n", "ipv4"],
];

test.each(families)("%j is written for %s", (text, family) => expect(guessFamily(text)).toBe(family));
