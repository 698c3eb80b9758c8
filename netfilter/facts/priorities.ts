import { builtinCallbacksAt } from "./builtinCallbacks.js";
import type { Entry } from "./catalogue.js";
import type { Family, Hook } from "./hooks.js";

/** A name for a priority, as `priority` of a base chain takes it. Its number depends on the family. */
export interface PriorityName extends Entry {
  readonly kind: "priority";
  readonly value: number;
  readonly families: readonly Family[];
  /** Hooks at which the name is known; all where left out. */
  readonly hooks?: readonly Hook[];
  /** Hooks at which a newer nft first knew it. */
  readonly newerHooks?: { readonly hooks: readonly Hook[]; readonly since: string };
}

const ip: readonly Family[] = ["ip", "ip6", "inet"];

/** Every name of a priority. */
export const priorityNames: readonly PriorityName[] = [
  name(
    "raw",
    -300,
    ip,
    "Before conntrack: the place for `notrack` and conntrack zones. `ct state` says nothing yet. iptables' raw table stands here.",
  ),
  name(
    "mangle",
    -150,
    ip,
    "Behind conntrack's lookup and before NAT and filtering: connection marks are known, at prerouting destinations are still those the sender wrote. iptables' mangle table stands here.",
  ),
  name("dstnat", -100, ip, "Where destination NAT is done. iptables' nat table stands here at prerouting and output.", {
    hooks: ["prerouting", "output"],
    newerHooks: { hooks: ["output"], since: "1.0.9" },
  }),
  name(
    "filter",
    0,
    [...ip, "arp", "netdev"],
    "The usual place for filtering: destinations are translated, sources not yet. iptables' filter table stands here.",
  ),
  name("security", 50, ip, "Behind filtering: security labels for SELinux. iptables' security table stands here."),
  name("srcnat", 100, ip, "Where source NAT is done. iptables' nat table stands here at postrouting and input.", {
    hooks: ["postrouting", "input"],
    newerHooks: { hooks: ["input"], since: "1.0.9" },
  }),
  name(
    "dstnat",
    -300,
    ["bridge"],
    "Where ebtables translates destinations, before the bridge decides where the frame goes.",
    {
      hooks: ["prerouting"],
    },
  ),
  name("filter", -200, ["bridge"], "The usual place for filtering frames. ebtables' filter table stands here."),
  name("out", 100, ["bridge"], "Where ebtables translates destinations of frames made here.", { hooks: ["output"] }),
  name("srcnat", 300, ["bridge"], "Where ebtables translates sources.", { hooks: ["postrouting"] }),
];

/** The names known at a hook. */
export function priorityNamesAt(family: Family, hook: Hook): readonly PriorityName[] {
  return priorityNames.filter(({ families, hooks }) => families.includes(family) && (hooks?.includes(hook) ?? true));
}

/** What a priority's name stands for at a hook; undefined where nft does not know it there. */
export function findPriority(word: string, family: Family, hook: Hook): PriorityName | undefined {
  return priorityNamesAt(family, hook).find((priority) => priority.word === word);
}

interface Landmark {
  readonly priority: number;
  readonly label: string;
}

/** Markdown that says what of the kernel's own runs before and after a chain of this priority, and what follows from it. */
export function describePriority(family: Family, hook: Hook, value: number): string {
  const marks = landmarks(family, hook);
  const name = priorityNamesAt(family, hook).find((priority) => priority.value === value);
  const heading = `**priority ${value}**${name ? ` \`${name.word}\`` : ""} · \`${family}\` \`${hook}\``;
  const lines = [
    line(
      "Before it",
      marks.filter(({ priority }) => priority < value),
    ),
    line(
      "At the same priority (what was registered later goes first)",
      marks.filter(({ priority }) => priority === value),
    ),
    line(
      "After it",
      marks.filter(({ priority }) => priority > value),
    ),
    marks.length === 0
      ? "The kernel has nothing of its own at this hook; chains run in order of priority, the lowest first."
      : "",
  ].filter((text) => text !== "");
  const consequence = consequenceOf(family, hook, value);
  return [heading, ...(name ? [name.doc] : []), lines.join("  \n"), ...(consequence ? [consequence] : [])].join("\n\n");
}

function line(title: string, marks: readonly Landmark[]): string {
  return marks.length === 0
    ? ""
    : `${title}: ${marks.map(({ label, priority }) => `${label} (${priority})`).join(", ")}.`;
}

function landmarks(family: Family, hook: Hook): readonly Landmark[] {
  return builtinCallbacksAt(family, hook)
    .filter(({ condition }) => condition === undefined)
    .map(({ priority, label }) => ({ priority, label }));
}

function consequenceOf(family: Family, hook: Hook, value: number): string | undefined {
  if (!ip.includes(family)) return undefined;
  if (hook === "prerouting" || hook === "output") {
    if (value < -400)
      return "Too early for conntrack: `ct state` and `ct mark` say nothing yet, and fragments are still apart.";
    if (value < -200) return "Too early for conntrack: `ct state` and `ct mark` say nothing yet; `notrack` works here.";
    if (value > -200 && value < -100) return "The connection is known; destinations are still those the sender wrote.";
    if (value > -100) return "The connection is known and the destination translated.";
  }
  if (hook === "postrouting" || hook === "input") {
    if (value > 100) return "The source is already translated here.";
    if (value < 100) return "The source is not translated yet.";
  }
  return undefined;
}

function name(
  word: string,
  value: number,
  families: readonly Family[],
  doc: string,
  more: Pick<PriorityName, "hooks" | "newerHooks"> = {},
): PriorityName {
  return {
    kind: "priority",
    word,
    value,
    families,
    forms: [`priority ${word}`, `priority ${word} + 10`],
    doc,
    ...more,
  };
}
