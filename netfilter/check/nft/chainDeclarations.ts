import { allowsChainType, type ChainType, type Family, findChainType, type Hook, hooksOf } from "../../facts/hooks.js";
import { findPriority, priorityNames, priorityNamesAt } from "../../facts/priorities.js";
import { deviceNames } from "../../model/nft/builder.js";
import { priorityOf } from "../../model/nft/priorities.js";
import { resolved, type Variables } from "../../model/nft/variables.js";
import type * as nft from "../../syntax/nft/nodes.js";
import type { Finding } from "../../text/finding.js";
import type { ChainInfo, ChainPlace, TableInfo } from "./environment.js";
import { kernelRefuses, refuse, suggestion } from "./refusal.js";

/** nft reads it, but no kernel has it. */
const readable: Readonly<Partial<Record<Family, readonly string[]>>> = { arp: ["input", "forward", "output"] };

/** Checks what makes a chain a base chain, and says where it stands. */
export function checkBaseChain(
  items: readonly nft.ChainItem[],
  table: TableInfo,
  variables: Variables,
): ChainPlace | undefined {
  const declaration = items.find((item) => item.kind === "hookDeclaration");
  if (!declaration) return undefined;
  checkHook(declaration.hook, table.family);
  checkPriority(declaration, table.family, variables);
  checkDevices(declaration, items, table.family);
  checkType(declaration, table.family);
  return {
    type: (declaration.type?.text ?? "filter") as ChainType,
    hook: declaration.hook.text as Hook,
    priority: priorityOf(declaration.priority, table.family, variables),
    devices: declaration.devices ? deviceNames(declaration.devices, variables) : [],
  };
}

function checkHook(hook: nft.Word, family: Family): void {
  if ((readable[family] ?? hooksOf(family)).includes(hook.text)) return;
  refuse(
    "hookNotAllowed",
    hook,
    `Tables of family ${family} have no hook \`${hook.text}\`, only ${hooksOf(family).join(", ")}. Use one of these, or another family.`,
  );
}

function checkPriority({ priority, hook }: nft.HookDeclaration, family: Family, variables: Variables): void {
  const name = priorityName(priority, variables);
  if (name === undefined) return;
  if (findPriority(name, family, hook.text as Hook)) return;
  const known = priorityNames.some(({ word, families }) => word === name && families.includes(family));
  const names = priorityNamesAt(family, hook.text as Hook).map(({ word }) => word);
  const { hint, fixes } = suggestion(name, priority.base, names);
  const why = known ? `is not known at hook ${hook.text}` : "is no name of a priority";
  const help = hint || ` Use ${names.map((word) => `\`${word}\``).join(", ")} or a number.`;
  refuse("badPriority", priority.base, `\`${name}\` ${why} in family ${family}.${help}`, fixes && { fixes });
}

/** The word that stands for a number, where one does. */
function priorityName({ base }: nft.Priority, variables: Variables): string | undefined {
  if (base.kind === "word") return base.text;
  if (base.kind !== "variable") return undefined;
  const value = resolved(base, variables);
  if (value?.kind === "symbol") return value.name;
  const text = value?.kind === "string" ? value.value : undefined;
  return text === undefined || /^-?\d+$/.test(text) ? undefined : /^\S+/.exec(text)?.[0];
}

function checkDevices({ devices, hook }: nft.HookDeclaration, items: readonly nft.ChainItem[], family: Family): void {
  const named = devices ?? items.find((item) => item.kind === "devices");
  if (!named || family === "netdev" || (family === "inet" && hook.text === "ingress")) return;
  refuse(
    "notAllowedHere",
    named,
    `Only chains at hook ingress or egress belong to a device; this one is at ${hook.text}. Compare \`iifname\` in the rules instead.`,
  );
}

function checkType({ type, hook }: nft.HookDeclaration, family: Family): void {
  const fact = type && isIp(family) ? findChainType(type.text) : undefined;
  if (!type || !fact || type.text === "filter" || allowsChainType(fact.word, family, hook.text as Hook)) return;
  const allowed = hooksOf(family).filter((each) => allowsChainType(fact.word, family, each));
  const help = `It can stand at ${allowed.join(", ")}.`;
  refuse("chainTypeNotAllowed", type, `Chains of type ${type.text} cannot stand at hook ${hook.text}. ${help}`);
}

function isIp(family: Family): boolean {
  return family === "ip" || family === "ip6" || family === "inet";
}

/** What nft hands on and every kernel refuses. */
export function noteKernelRefusals(
  chain: nft.Chain,
  table: TableInfo,
  known: ChainInfo | undefined,
  base: ChainPlace,
): Finding[] {
  const declaration = chain.items.find((item) => item.kind === "hookDeclaration");
  if (!declaration) return [];
  return [
    ...wrongFamily(declaration, table.family),
    ...beforeConntrack(declaration, base),
    ...otherPlace(declaration, known, base, chain),
  ];
}

function wrongFamily({ type }: nft.HookDeclaration, family: Family): Finding[] {
  if (!type || type.text === "filter" || isIp(family)) return [];
  const text = `No kernel has chains of type ${type.text} in family ${family}. Use \`filter\`.`;
  return [kernelRefuses("chainTypeNotAllowed", type, text)];
}

const conntrackPriority = -200;

function beforeConntrack({ priority }: nft.HookDeclaration, base: ChainPlace): Finding[] {
  if (base.type !== "nat" || base.priority === undefined || base.priority > conntrackPriority) return [];
  const text = `Addresses are translated by connection, so a nat chain must come after conntrack at ${conntrackPriority}. Use a larger number or a name.`;
  return [kernelRefuses("badPriority", priority, text)];
}

/** A base chain cannot move. */
function otherPlace(
  declaration: nft.HookDeclaration,
  known: ChainInfo | undefined,
  base: ChainPlace,
  { name }: nft.Chain,
): Finding[] {
  const before = known?.base;
  if (!known || !before) return [];
  const samePriority =
    base.priority === undefined || before.priority === undefined || base.priority === before.priority;
  if (before.type === base.type && before.hook === base.hook && samePriority) return [];
  const text = `Chain \`${name?.text}\` is there already, with another type, hook or priority. Make them the same, or choose another name.`;
  return [
    kernelRefuses("duplicateChain", declaration, text, {
      related: [{ span: known.place, message: "the first declaration" }],
    }),
  ];
}
