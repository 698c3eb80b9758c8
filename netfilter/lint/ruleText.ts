import type { Chain, Rule, Table } from "../model/ruleset.js";
import { reachableFrom } from "../model/walk.js";
import type { Fix } from "../text/finding.js";
import type { Span } from "../text/span.js";

/**
 * The line that holds this rule and nothing else, its line break with it. None for what is inserted or replaced by number: other
 * lines count on it.
 */
function lineOfRule({ node }: Rule, text: string): Span | undefined {
  if (/^(-I|-R|--insert|--replace)\b/.test(text.slice(node.start, node.end))) return undefined;
  const start = text.lastIndexOf("\n", node.start - 1) + 1;
  const lineEnd = text.indexOf("\n", node.end);
  const end = lineEnd === -1 ? text.length : lineEnd + 1;
  const alone = /^(\[\d+:\d+\])?\s*$/.test(text.slice(start, node.start)) && /^[\s;]*$/.test(text.slice(node.end, end));
  return alone ? { start, end } : undefined;
}

/** A fix that takes the rule out with its line, where it has one of its own. */
export function removal(rule: Rule, text: string, title: string): Fix[] {
  const span = lineOfRule(rule, text);
  return span ? [{ title, edits: [{ span, text: "" }] }] : [];
}

/** A fix that puts the rule right before another one, where both have lines of their own. */
export function moveBefore(rule: Rule, other: Rule, text: string, title: string): Fix[] {
  const [from, to] = [lineOfRule(rule, text), lineOfRule(other, text)];
  if (!from || !to) return [];
  const line = text.slice(from.start, from.end);
  const edits = [
    { span: { start: to.start, end: to.start }, text: line.endsWith("\n") ? line : `${line}\n` },
    { span: from, text: "" },
  ];
  return [{ title, edits }];
}

/** What an action says, without `-j`. */
export function spoken({ start, end }: Span, text: string): string {
  return shortened(text.slice(start, end).replace(/^(-j|--jump)\s+/, ""));
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

/** Whether the file says what a table does at the kernel's hooks. One that does not is a part of something larger. */
export function definesHooks({ chains }: Table): boolean {
  return chains.some(({ base, nameSpan }) => base !== undefined && nameSpan.start !== nameSpan.end);
}

/** The rule's words for comparing two of them: blanks and counters' values do not count. */
export function writtenRule({ node }: Rule, text: string): string {
  let words = text.slice(node.start, node.end);
  if (words.includes("  ") || words.includes("\t") || words.includes("\n")) words = words.replace(/\s+/g, " ");
  if (words.startsWith("[")) words = words.replace(/^\[\d+:\d+\] ?/, "");
  if (words.startsWith("-I ")) words = words.replace(/^-I (\S+) (\d+ )?/, "-A $1 ");
  if (words.includes(" packets ")) words = words.replace(/\bcounter packets \d+ bytes \d+/g, "counter");
  return words;
}

/** The same for rules whose words are the same, and for others hardly ever. */
export function digestOf(rule: Rule, text: string): number {
  const known = rule.isOld ? rule.memo.digest : undefined;
  if (known !== undefined) return known;
  const { start, end } = rule.node;
  const digest = text.startsWith("-A ", start) ? digestOfText(text, start, end) : digestOfText(writtenRule(rule, text));
  if (rule.isOld) rule.memo.digest = digest;
  return digest;
}

/** Blanks left out. */
function digestOfText(text: string, start = 0, end = text.length): number {
  let digest = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code > blank) digest = (Math.imul(digest, 31) + code) | 0;
  }
  return digest;
}

const blank = 32;

/** Chains that Docker, Kubernetes, fail2ban, OpenWrt and their like make for themselves and fill while they run. */
const ofPrograms =
  /^(CILIUM|CNI|DOCKER|KUBE|LIBVIRT|MINIUPNPD|MULTI|NETAVARK|PR-QBS|QBS|cali|f2b|fail2ban|lxd|neutron|nova|sshguard|ufw6?)(?![A-Za-z])|^(zone|input|output|forwarding|prerouting|postrouting)_(lan|wan|dmz|guest)|_direct$/;

/** Whether a chain is one that programs fill and lead packets to, so that the file alone does not tell what it is for. */
export function isOfProgram({ name, table }: Chain): boolean {
  return ofPrograms.test(name) || /^(docker|kube|libvirt)/.test(table.name);
}

/** Programs that only keep packets out. */
const banning = /^(f2b|fail2ban|sshguard)/;

/** Whether packets in the chain may come to rules that a program adds, so that the file does not tell all that is accepted. */
export function isFilledByProgram(chain: Chain): boolean {
  return [...reachableFrom(chain)].some((reached) => isOfProgram(reached) && !banning.test(reached.name));
}
