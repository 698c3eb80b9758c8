import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { scopes } from "../../scripts/generate/grammar.js";

const roles = new Map<string, string>(Object.entries(scopes).map(([role, scope]) => [scope, role]));
const wasm = oniguruma.loadWASM(
  readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm")),
);

/**
 * Colours a text as the editor does before the language server has answered: every word that the grammar knows, with its
 * role behind it, `-A«keyword» INPUT«chainName»`.
 */
export async function tokenize(language: "nftables" | "iptables", text: string): Promise<string> {
  const grammar = await load(language);
  let stack = textmate.INITIAL;
  const words = text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    return tokens.flatMap(({ startIndex, endIndex, scopes: [, scope = ""] }) => {
      const role = roles.get(scope);
      return role ? `${line.slice(startIndex, endIndex)}«${role}»` : [];
    });
  });
  return words.join(" ");
}

async function load(language: string): Promise<textmate.IGrammar> {
  await wasm;
  const path = new URL(`../../syntaxes/${language}.tmLanguage.json`, import.meta.url).pathname;
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(readFileSync(path, "utf8"), path),
  });
  const grammar = await registry.loadGrammar(`source.${language}`);
  if (!grammar) throw new Error(`${path} does not load`);
  return grammar;
}
