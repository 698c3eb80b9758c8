import type { Language } from "../language.js";
import { iptablesRuleset } from "../model/iptables.js";
import { readWorld } from "../model/nft/includes/world.js";
import { nftRuleset } from "../model/nft.js";
import { parseIptables } from "../syntax/iptables/parse.js";
import { parseNft } from "../syntax/nft/parse.js";
import type { Files } from "../text/files.js";
import type { Loaded } from "./router.js";

/** Reads a rules file for a router. `files` finds what it includes; without them nothing is included. Never throws. */
export function loadRules(name: string, text: string, language: Language, files?: Files): Loaded {
  if (language !== "nftables") {
    const tree = parseIptables(text, { family: language === "ip6tables" ? "ipv6" : "ipv4" });
    return { name, text, tree, ruleset: iptablesRuleset(tree) };
  }
  const document = { path: name, text };
  const world = files && readWorld(document, document, files);
  if (!world) return alone(name, text);
  const { tree, sources } = world;
  return { name, text: sources.text, tree, ruleset: nftRuleset(tree), sources };
}

function alone(name: string, text: string): Loaded {
  const tree = parseNft(text);
  return { name, text, tree, ruleset: nftRuleset(tree) };
}

/** Reads a rules file as `loadRules` does; `rulesReader` makes one that keeps what it has read. */
export type ReadRules = typeof loadRules;

/** Reads each rules file again only when it, or one that it includes, has changed: what it answers twice is then the same object. */
export function rulesReader(): ReadRules {
  const known = new Map<string, { readonly language: Language; readonly loaded: Loaded }>();
  return (path, text, language, files) => {
    const last = known.get(path);
    if (last?.language === language && isAsRead(last.loaded, text, files)) return last.loaded;
    const loaded = loadRules(path, text, language, files);
    known.set(path, { language, loaded });
    return loaded;
  };
}

/** A glob may lead to other files now, so that only rules without one, and without missing files, are taken as they were. */
function isAsRead({ sources, text, ruleset }: Loaded, now: string, files: Files | undefined): boolean {
  if (!sources) return text === now;
  const [own, ...included] = sources.texts;
  if (own?.text !== now || ruleset.incomplete || /^\s*include\b[^\n]*[*?[]/m.test(text)) return false;
  return included.every(({ path, text }) => files?.read(path) === text);
}
