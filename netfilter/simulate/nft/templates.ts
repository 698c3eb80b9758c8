import type { Passage } from "../context.js";

/** Packets to which a rule gave a conntrack template: until the lookup they look new. */
const templated = new WeakSet<Passage>();

/** Gives the packet a template, unless it has a connection already. */
export function giveTemplate(passage: Passage, parts: Parameters<Passage["template"]>[0]): boolean {
  if (passage.connection) return false;
  passage.template(parts);
  templated.add(passage);
  return true;
}

/** True before the lookup, for a packet that has a template. */
export function hasTemplate(passage: Passage): boolean {
  return passage.connection === undefined && templated.has(passage);
}
