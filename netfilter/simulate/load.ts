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
