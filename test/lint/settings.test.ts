import { expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { lints } from "../../netfilter/lint/rules.js";

test.each(lints.map((lint) => [lint.id, lint] as const))(
  "%s can be turned off and given another severity",
  (id, lint) => {
    const { text, language } = lint.examples.bad[0] as (typeof lint.examples.bad)[0];
    const severities = (options: Parameters<typeof analyze>[2]) =>
      analyze(text, language, options).findings.map(({ code, severity }) => `${code} ${severity}`);
    expect(severities({})).toContain(`${id} ${lint.severity}`);
    expect(severities({ severities: { [id]: "hint" } })).toContain(`${id} hint`);
    expect(severities({ severities: { [id]: "off" } })).toEqual([]);
    expect(severities({ lint: false })).toEqual([]);
  },
);
