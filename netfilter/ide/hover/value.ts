import type { Analysis } from "../../analyze.js";
import { protocolAt, protocols } from "../../facts/protocols.js";
import { services, servicesAt } from "../../facts/services.js";
import type { Part } from "../../model/ruleset.js";
import type { Token } from "../../syntax/tree.js";
import type { Span } from "../../text/span.js";
import type { Hover } from "../hover.js";
import { type Meaning, meaningAt } from "../meaning.js";
import { partsAt } from "../place.js";
import { describeAddress } from "./address.js";
import { describeMark, describeMarkAction, describeMarkCondition } from "./mark.js";
import { code } from "./markdown.js";

/** What a plain value at `offset` is: an address or prefix, a mark, a port, a protocol. */
export function describeValueAt(analysis: Analysis, token: Token, offset: number): Hover | undefined {
  if (token.role === "comment" || token.role === "string") return undefined;
  const address = hoverAddress(analysis, token, offset);
  if (address) return address;
  const { text } = analysis.tree;
  const span = runAt(text, offset, /[\w.+-]/);
  const meaning = span.start < span.end ? meaningAt(analysis, span.start) : undefined;
  const markdown = meaning && readers[meaning](text.slice(span.start, span.end), analysis, span.start);
  return markdown ? { span, markdown } : undefined;
}

function hoverAddress({ tree, language }: Analysis, { role }: Token, offset: number): Hover | undefined {
  const inBrackets = tree.text[offset] === "[" ? 1 : 0;
  const { start, end } = runAt(tree.text, offset + inBrackets, /[0-9a-fA-F:./]/);
  // A port may follow an IPv4 address, as NAT's `10.0.0.1:80`.
  const text = tree.text.slice(start, end).replace(/^(\d+(?:\.\d+){3}):\d*$/, "$1");
  if (offset > start + text.length || (role !== "address" && !/^(\d+\.){3}\d|:.*:/.test(text))) return undefined;
  const markdown = describeAddress(text, language === "nftables" ? "nftables" : "iptables");
  return markdown === undefined ? undefined : { span: { start, end: start + text.length }, markdown };
}

const readers: Record<Meaning, (text: string, analysis: Analysis, offset: number) => string | undefined> = {
  port: (text) => describePorts(text),
  protocol: (text) => describeProtocol(text),
  mark: (text, analysis, offset) => describeMarkAt(text, analysis, offset),
};

/** A port or a range of them; a name is told its number and the other way round. */
function describePorts(text: string): string | undefined {
  const described = text.split("-").map(describePort);
  const known = described.filter((port) => port !== undefined);
  return known.length === described.length || services.has(text)
    ? (describePort(text) ?? known.join(" to "))
    : undefined;
}

function describePort(text: string): string | undefined {
  const port = services.get(text) ?? (/^\d{1,5}$/.test(text) ? Number(text) : undefined);
  if (port === undefined || port > 65535) return undefined;
  const names = servicesAt(port).map(
    ({ names, protocols }) => `${names.map(code).join(", ")} (${protocols.join(", ")})`,
  );
  return `**port ${port}** · ${names.length > 0 ? names.join("; ") : "no well-known service"}`;
}

function describeProtocol(text: string): string | undefined {
  const number = protocols.get(text.toLowerCase()) ?? (/^\d{1,3}$/.test(text) ? Number(text) : undefined);
  if (number === undefined || number > 255) return undefined;
  const known = protocolAt(number);
  if (!known) return `**IP protocol ${number}** · it has no name in \`/etc/protocols\``;
  return `**IP protocol ${number}** · ${[known.name, ...known.aliases].map(code).join(", ")}\n\n${known.doc}`;
}

/** The number, and what its rule does with the mark's bits. */
function describeMarkAt(text: string, analysis: Analysis, offset: number): string | undefined {
  if (!/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) return undefined;
  const effect = partsAt(analysis, offset).map(describeMarkPart).find(Boolean);
  return [describeMark(BigInt(text)), ...(effect ? [effect] : [])].join("\n\n");
}

function describeMarkPart(part: Part): string | undefined {
  if (part.kind === "action") return part.do === "setMark" ? describeMarkAction(part) : undefined;
  return part.field.endsWith(" mark") ? describeMarkCondition(part) : undefined;
}

/** The stretch of such characters around `offset`, within its line. */
function runAt(text: string, offset: number, character: RegExp): Span {
  let [start, end] = [offset, offset];
  while (start > 0 && character.test(text[start - 1] as string)) start--;
  while (end < text.length && character.test(text[end] as string)) end++;
  return { start, end };
}
