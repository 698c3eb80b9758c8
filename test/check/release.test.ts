import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";

/** Words between « and » are newer than the target. */
function check(source: string, nftVersion: string | undefined): void {
  const text = source.replace(/[«»]/g, "");
  const { findings } = analyze(text, "nftables", { lint: false, ...(nftVersion && { nftVersion }) });
  let marked = text;
  for (const { span, code, severity } of findings.toReversed()) {
    expect({ code, severity }).toEqual({ code: "newerThanTarget", severity: "warning" });
    marked = `${marked.slice(0, span.start)}«${marked.slice(span.start, span.end)}»${marked.slice(span.end)}`;
  }
  expect(marked).toBe(source);
}

const chain = (rule: string) => `table netdev t {\n  chain c {\n    ${rule}\n  }\n}\n`;

test.each([
  ["a command", "«destroy» table ip t\n", "1.0.6"],
  ["which a later release knows", "destroy table ip t\n", "1.0.7"],
  ["and the newest, where none is asked for", "destroy table ip t\n", undefined],
  ["a flag", "table ip t {\n  flags «persist»;\n}\n", "1.0.9"],
  ["1.1 is 1.1.0", "table ip t {\n  flags persist;\n}\n", "1.1"],
  ["and 1.0.10 later than 1.0.9", "«destroy» table ip t\n", "1.0"],
  ["numbers, not letters", "destroy table ip t\n", "1.0.10"],
  ["a statement", chain("«last»"), "1.0.6"],
  ["a header in another", chain("udp dport 4789 «vxlan» vni 5"), "1.0.6"],
  ["what all know", chain("tcp dport 22 ct state new accept"), "1.0.2"],
  ["an object", "table ip t {\n  «tunnel» x {\n    «id» 5\n  }\n}\n", "1.1.5"],
])("%s", (_, source, version) => check(source, version));

test("the message says what, since when and for what target", () => {
  const { findings } = analyze("destroy table ip t\n", "nftables", { nftVersion: "1.0.6" });
  expect(findings[0]?.message).toMatch(/`destroy` since 1\.0\.7.* 1\.0\.6/);
});

test("iptables has no such words", () => {
  expect(analyze("*filter\nCOMMIT\n", "iptables", { nftVersion: "1.0.6" }).findings).toEqual([]);
});
