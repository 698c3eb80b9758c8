import { readFileSync } from "node:fs";
import { lints } from "../../netfilter/lint/rules.js";
import { iptablesGrammar } from "./iptables.js";
import { lintPage, lintTable } from "./lintPage.js";
import { nftablesGrammar } from "./nftables.js";
import { packetSchema } from "./packetSchema.js";

/** Every generated file by its path, as it ought to be: `npm run generate` writes them, a test compares them. */
export function generatedFiles(root: URL): Map<string, string> {
  const read = (path: string) => readFileSync(new URL(path, root), "utf8");
  return new Map([
    ["syntaxes/nftables.tmLanguage.json", print(nftablesGrammar())],
    ["syntaxes/iptables.tmLanguage.json", print(iptablesGrammar())],
    ["syntaxes/packets.schema.json", print(packetSchema(read("docs/path.md"), read("docs/packet-tests.md")))],
    ["docs/lints.md", lintPage(lints)],
    ["README.md", withLintTable(read("README.md"))],
    ["package.json", print(withLintSettings(JSON.parse(read("package.json"))))],
  ]);
}

/** The readme with the table of lints between its two marks. */
function withLintTable(readme: string): string {
  return readme.replace(/(<!-- lints[^\n]*\n)[\s\S]*?(<!-- \/lints)/, `$1\n${lintTable(lints, "docs/lints.md")}\n\n$2`);
}

/** The manifest with one setting for each lint; everything else in it is written by hand. */
function withLintSettings(manifest: Manifest): Manifest {
  const rules = Object.fromEntries(
    lints.map(({ id, severity, summary }) => [
      id,
      { type: "string", enum: levels, default: severity, markdownDescription: summary },
    ]),
  );
  manifest.contributes.configuration.properties["hookscope.lint.rules"].properties = rules;
  return manifest;
}

const levels = ["off", "hint", "information", "warning", "error"];

interface Manifest {
  readonly contributes: {
    readonly configuration: { readonly properties: { readonly "hookscope.lint.rules": { properties: unknown } } };
  };
}

function print(content: unknown): string {
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
