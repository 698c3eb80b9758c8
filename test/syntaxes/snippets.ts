import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

type SnippetLanguage = "nftables" | "iptables";

/** A snippet as it stands in a file when nothing is typed over. */
export interface Expanded {
  readonly language: SnippetLanguage;
  readonly prefix: string;
  readonly text: string;
}

const inTable = (text: string) => `table inet filter {\n${text}\n}\n`;
const inChain = (hook: string, text: string, type = "filter") =>
  `table ip t {\nchain c {\ntype ${type} hook ${hook} priority ${type === "nat" ? -100 : 0};\n${text}\n}\n}\n`;
const inBuiltin = (table: string, chain: string, text: string, policy = "ACCEPT") =>
  `*${table}\n:${chain} ${policy} [0:0]\n${text}\nCOMMIT\n`;

/** What has to stand around a snippet for a file that loads; the others are files by themselves. */
const frames: Readonly<Record<SnippetLanguage, Readonly<Record<string, (text: string) => string>>>> = {
  nftables: {
    basechain: inTable,
    prerouting: inTable,
    masquerade: inTable,
    connmark: inTable,
    set: (text) => inTable(`${text}\nchain c {\ntype filter hook input priority 0;\nip saddr @blocked drop\n}`),
    forwarding: (text) => inChain("prerouting", text, "nat"),
    state: (text) => inChain("input", text),
    mss: (text) => inChain("forward", text),
    logdrop: (text) => inChain("input", text),
    vmap: (text) => inChain("input", text),
  },
  iptables: {
    accept: (text) =>
      inBuiltin(
        "filter",
        "INPUT",
        `-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n${text}`,
        "DROP",
      ),
    state: (text) => inBuiltin("filter", "INPUT", text),
    forwarding: (text) => inBuiltin("nat", "PREROUTING", text),
    mss: (text) => inBuiltin("mangle", "FORWARD", text),
    logdrop: (text) => inBuiltin("filter", "INPUT", text),
  },
};

/** All snippets of both languages, in files that load. */
export const snippets: readonly Expanded[] = (["nftables", "iptables"] as const).flatMap((language) => {
  const file = fileURLToPath(new URL(`../../syntaxes/${language}.snippets.json`, import.meta.url));
  const found = JSON.parse(readFileSync(file, "utf8")) as Record<string, { prefix: string; body: string[] }>;
  return Object.values(found).map(({ prefix, body }) => {
    const text = expand(body.join("\n"));
    return { language, prefix, text: frames[language][prefix]?.(text) ?? text };
  });
});

/** Puts each place's text, the first where it is a choice, wherever the place's number stands. */
function expand(body: string): string {
  const values = new Map<string, string>();
  for (const [, place = "", choice, plain] of body.matchAll(/\$\{(\d)(?:\|([^,|]*)[^}]*|:([^}]*))\}/g))
    values.set(place, choice ?? plain ?? "");
  return body
    .replace(/(?<!\\)\$(?:\{(\d)[^}]*\}|(\d))/g, (_, braced, bare) => values.get(braced ?? bare) ?? "")
    .replaceAll("\\$", "$");
}
