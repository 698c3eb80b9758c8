import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";
import { LineIndex } from "../../netfilter/text/lineIndex.js";

/**
 * Every finding is a comment line under its line: carets beneath the text, then severity and code. The comments stay in the
 * text that is read.
 */
function check(language: Language, text: string): void {
  const lines = new LineIndex(text);
  const found = analyze(text, language).findings.map(({ span, severity, code }) => {
    const { line, column } = lines.position(span.start);
    return `${line + 1}:${column + 1} ${"^".repeat(Math.max(1, span.end - span.start))} ${severity} ${code}`;
  });
  expect(found).toEqual(expectedIn(text));
}

function expectedIn(text: string): string[] {
  let subject = 0;
  return text.split("\n").flatMap((line, index) => {
    const [, before, carets, rest] = /^(#\s*)(\^+) (.*)$/.exec(line) ?? [];
    if (before === undefined) {
      subject = index + 1;
      return [];
    }
    return [`${subject}:${before.length + 1} ${carets} ${rest}`];
  });
}

test("iptables", () => {
  check(
    "iptables",
    `*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp --dport 99999 -j ACCEPT
#                       ^^^^^ error badValue
-A INPUT -m conntrack --ctstaet NEW -j ACCEPT
#                     ^^^^^^^^^ error unknownOption
-A INPUT -j NOWHERE
#           ^^^^^^^ error unknownTarget
-A INPUT -j ACCEPT
COMMIT
`,
  );
});

test("nftables", () => {
  check(
    "nftables",
    `table ip t {
  chain c {
    type filter hook input priority 0;
    tcp dprot 22 accept
#       ^^^^^ error unknownKeyword
    ip saddr @gone drop
#             ^^^^ error undefinedSet
    accept
  }
}
`,
  );
});

test("a lint", () => {
  check(
    "iptables",
    `*mangle
:PREROUTING ACCEPT [0:0]
:M - [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0 -j ACCEPT
-A PREROUTING -i lan -j M
-A PREROUTING -j CONNMARK --save-mark
-A M -j MARK --set-mark 1
-A M -j ACCEPT
#    ^^^^^^^^^ warning noUnsavedMark
COMMIT
`,
  );
});
