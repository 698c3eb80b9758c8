import type { AddressFamily } from "../../packet/address.js";
import { isWithin, toNumber } from "../ipNumber.js";
import type { PolicyRule, PortRange, RouterState } from "../state.js";
import type { Doubts, RoutingFlow } from "./flow.js";
import { defaultTable, localTable, mainTable } from "./inferred.js";

/** The rules that a kernel has of itself. */
function ownRules(family: AddressFamily): PolicyRule[] {
  const lookup = (priority: number, table: number): PolicyRule => ({
    family,
    priority,
    action: { do: "lookup", table },
  });
  const both = [lookup(0, localTable), lookup(32_766, mainTable)];
  return family === "ipv4" ? [...both, lookup(32_767, defaultTable)] : both;
}

/** A family's rules in the order in which they are asked. */
export function orderedRules(rules: RouterState["rules"], family: AddressFamily): readonly PolicyRule[] {
  const own = rules?.filter((rule) => rule.family === family) ?? [];
  return own.length === 0 ? ownRules(family) : own.sort((a, b) => a.priority - b.priority);
}

/** Whether the rules are other than the kernel's own. */
export function areCustom(rules: readonly PolicyRule[]): boolean {
  const plain = new Set([localTable, mainTable, defaultTable]);
  return rules.some(({ action, from, to, iif, oif, mark, mask }) => {
    const selects = from ?? to ?? iif ?? oif ?? mark ?? mask;
    return selects !== undefined || action.do !== "lookup" || !plain.has(action.table);
  });
}

/** Whether a rule is for this flow. A port that is not known makes it a question. */
export function appliesTo(rule: PolicyRule, flow: RoutingFlow, doubts: Doubts): boolean {
  const selected = selectsPlainly(rule, flow) && selectsPorts(rule, flow, doubts) && selectsUser(rule, flow, doubts);
  return selected !== (rule.not ?? false);
}

function selectsPlainly(rule: PolicyRule, flow: RoutingFlow): boolean {
  const { from, to, iif, oif, mark, mask, tos, protocol } = rule;
  if (iif !== undefined && iif !== flow.iif) return false;
  if (oif !== undefined && oif !== flow.oif) return false;
  const bits = mask ?? (mark === undefined ? 0 : 0xffff_ffff);
  if (((flow.mark ^ (mark ?? 0)) & bits) !== 0) return false;
  if (tos !== undefined && tos !== 0 && tos !== flow.tos) return false;
  if (protocol !== undefined && protocol !== flow.protocol) return false;
  return within(from, flow.family, flow.saddr) && within(to, flow.family, flow.daddr);
}

function within(network: PolicyRule["from"], family: AddressFamily, address: RoutingFlow["saddr"]): boolean {
  if (!network) return true;
  return isWithin(family, address, toNumber({ family, value: network.value }), network.prefixLength);
}

function selectsPorts({ priority, sport, dport }: PolicyRule, flow: RoutingFlow, doubts: Doubts): boolean {
  const holds = (wanted: readonly [number, number] | undefined, port: number | PortRange | undefined, word: string) => {
    if (!wanted) return true;
    if (typeof port === "number") return wanted[0] <= port && port <= wanted[1];
    return doubts.guess(`ip rule ${priority} asks for the ${word}, which is not known`);
  };
  return holds(sport, flow.sport, "source port") && holds(dport, flow.dport, "destination port");
}

function selectsUser({ priority, uids }: PolicyRule, flow: RoutingFlow, doubts: Doubts): boolean {
  if (!uids) return true;
  if (flow.iif !== "lo") return uids[0] === 0;
  if (flow.uid === undefined) return doubts.guess(`ip rule ${priority} asks for the user, who is not known`);
  return uids[0] <= flow.uid && flow.uid <= uids[1];
}

/** The rule's place in `ip rule`, with what it asks: `1000: fwmark 0x30/0xff`. */
export function ruleText({ priority, mark, mask, iif, oif, from, to }: PolicyRule): string {
  const parts = [
    from && "from a source",
    to && "to a destination",
    mark !== undefined && `fwmark 0x${mark.toString(16)}${mask === undefined ? "" : `/0x${mask.toString(16)}`}`,
    iif !== undefined && `iif ${iif}`,
    oif !== undefined && `oif ${oif}`,
  ].filter((part) => typeof part === "string");
  return `rule ${priority}${parts.length === 0 ? "" : ` (${parts.join(" ")})`}`;
}
