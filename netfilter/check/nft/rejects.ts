import { findDatatype } from "../../facts/nft/index.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { evaluateArgument } from "./arguments.js";
import type { Evaluator } from "./evaluator.js";
import { refuse } from "./refusal.js";

/** `reject`: what may be sent back hangs on the family and on what the rule asked for. */
export function checkReject(e: Evaluator, node: nft.Reject): void {
  const { family } = e.table;
  const kind = node.protocol?.text;
  if (kind === "tcp") requireTcp(e, node);
  else if (node.code && kind) checkCode(e, kind, node.code);
  if (family === "arp")
    refuse("notAllowedHere", node, "ARP packets cannot be rejected, because nothing can be sent back. Use `drop`.");
  if (family === "ip" || family === "ip6") {
    checkInIp(e, node, kind);
    return;
  }
  const found = e.layers.at("network");
  if (kind === "icmp" || kind === "icmpv6") checkVersion(node, found, kind === "icmp" ? "ip" : "ip6");
  if (family !== "inet" && kind !== undefined && found !== undefined && found !== "ip" && found !== "ip6")
    refuse(
      "conflictingProtocols",
      node,
      `Packets of ${found} cannot be rejected, because nothing can be sent back. Use \`drop\`.`,
    );
  if ((kind === "icmp" || kind === "icmpv6") && found === undefined)
    e.layers.require(kind === "icmp" ? "ip" : "ip6", node);
  if (kind === "tcp") e.layers.require("tcp", node);
}

function requireTcp(e: Evaluator, node: nft.Reject): void {
  const found = e.layers.at("transport");
  if (found === undefined || found === "tcp") return;
  const text = `Only TCP connections can be reset, but the rule asks for ${found}. Use \`reject\` without \`with tcp reset\`.`;
  refuse("conflictingProtocols", node, text);
}

const codeTypes: Readonly<Record<string, string>> = {
  icmp: "icmp_code",
  icmpv6: "icmpv6_code",
  icmpx: "icmpx_code",
};

function checkCode(e: Evaluator, kind: string, code: nft.Expression): void {
  const datatype = findDatatype(codeTypes[kind] ?? "");
  if (datatype) evaluateArgument(e, { datatype, bits: 8 }, code);
}

function checkInIp(e: Evaluator, node: nft.Reject, kind: string | undefined): void {
  const { family } = e.table;
  const own = family === "ip" ? "icmp" : "icmpv6";
  if (kind === "tcp") {
    e.layers.require("tcp", node);
    return;
  }
  if (kind === undefined || kind === own) return;
  if (kind === "icmpx") {
    refuse(
      "notAllowedHere",
      node,
      `\`icmpx\` is for tables that see both IPv4 and IPv6; in family ${family} write \`icmp\` or \`icmpv6\`.`,
    );
  }
  refuse("conflictingProtocols", node, `A table of family ${family} cannot send ${kind} errors. Use \`${own}\`.`);
}

function checkVersion(node: nft.Reject, found: string | undefined, wanted: string): void {
  if ((found !== "ip" && found !== "ip6") || found === wanted) return;
  const text = `The rule asks for ${found} packets, which cannot be answered by ${node.protocol?.text} errors. Use the other kind.`;
  refuse("conflictingProtocols", node, text);
}
