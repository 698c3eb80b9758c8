import type { Passage } from "../../context.js";
import { type Options, readNumber, readRange, spanOf } from "../options.js";
import { every, isWanted, type Test, unsure } from "../test.js";
import type { Matches } from "./define.js";

/** Matches on this machine's own: programs, sockets, and notes for people. */
export const localMatches: Matches = {
  comment: () => undefined,
  owner: ownerTest,
  cgroup: (options) => unsure("Which control group the packet's program is in is not known.", options.span),
  socket: (options) => unsure("Whether a local socket would take the packet is not known.", options.span),
  ipvs: (options) => unsure("Whether IPVS has a connection for the packet is not known.", options.span),
  cluster: (options) => unsure("Which of the cluster's nodes the connection falls to is not worked out.", options.span),
};

const ownerOptions = ["uid-owner", "gid-owner", "socket-exists"];

/** Packets that come in from elsewhere have no socket: they match only where all that is asked is negated. */
function ownerTest(options: Options): Test | undefined {
  const withoutSocket = ownerOptions.every((name) => !options.has(name) || options.negated(name));
  const exists = options.has("socket-exists") ? !options.negated("socket-exists") : true;
  const user = accountTest(options, "uid-owner", "uid");
  const group = accountTest(options, "gid-owner", "gid");
  const owned = every([user, group]);
  return (passage) => {
    if (passage.iif !== undefined && passage.iif.type !== "loopback") return withoutSocket;
    if (!exists) return false;
    return owned === undefined ? true : owned(passage);
  };
}

function accountTest(options: Options, name: string, field: "uid" | "gid"): Test | undefined {
  const node = options.find(name);
  if (!node) return undefined;
  const text = node.values[0]?.text ?? "";
  const span = spanOf(node);
  const range = text === "root" ? { from: 0, to: 0 } : readRange(text, "-", 0xffff_ffff, readNumber);
  if (!range) return unsure(`Which number the account \`${text}\` has, only the router knows.`, span);
  const what = field === "uid" ? "user" : "group";
  const wanted = { ...range, negated: node.negation !== undefined, what, span };
  const others = options.has("suppl-groups") && field === "gid";
  return (passage) => {
    const found = isWanted(passage.meta[field], wanted, passage);
    return others && found === wanted.negated ? otherGroups(passage, wanted.span) : found;
  };
}

function otherGroups(passage: Passage, span: { readonly start: number; readonly end: number }): boolean {
  return passage.guess("Which other groups the sending program is in is not known.", span);
}
