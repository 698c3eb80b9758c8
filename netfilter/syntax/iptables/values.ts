import type { IpFamily, Value } from "../../facts/iptables/extension.js";
import { protocols } from "../../facts/protocols.js";
import { services } from "../../facts/services.js";
import { nearest } from "../../text/nearest.js";
import { parseAddress, parseIpv6, parseMask, parseNetwork, parseStrictIpv4 } from "./address.js";
import type { OptionNode } from "./nodes.js";
import { numberWithin } from "./numbers.js";

/** Why an argument is refused: `message` completes "`22x` ", `instead` is what was probably meant. */
export interface Problem {
  readonly message: string;
  readonly instead?: string | undefined;
}

type Kind<T extends Value["type"]> = Extract<Value, { type: T }>;

/** What is wrong with an argument of this kind in a rule of this family; undefined when the tools take it. */
export function problemOf(value: Value, text: string, family: IpFamily): Problem | undefined {
  switch (value.type) {
    case "integer":
      return integerProblem(value, text);
    case "mark":
      return markProblem(value, text);
    case "port":
      return portProblem(value, text);
    case "word":
      return wordProblem(value, text);
    case "address":
      return addressProblem(value, text, family);
    case "natAddress":
      return natAddressProblem(text, family);
    case "natPorts":
      return natPortsProblem(text, value.unshifted);
    case "interface":
      return interfaceProblem(text);
    case "mac":
      return macProblem(value, text);
    case "rate":
      return rateProblem(value, text);
    case "protocol":
      return protocolProblem(text);
    case "text":
      return textProblem(value, text);
    case "pattern":
      return value.pattern.test(text) ? undefined : { message: `is not ${value.what}` };
    case "ipset":
      return text.length > 31
        ? { message: "is too long for the name of an ipset, which has 31 letters at the most" }
        : undefined;
    case "chain":
      return undefined;
  }
}

function integerProblem(value: Kind<"integer">, text: string): Problem | undefined {
  const { min, max, range, list } = value;
  const what = `a number from ${min} to ${max}${range ? `, or two with \`${range}\` between them` : ""}`;
  if (text === "" && range && !value.closed) return undefined;
  if (list === undefined)
    return rangeFits(value, text, (part) => numberWithin(part, min, max)) ? undefined : { message: `is not ${what}` };
  return listProblem(text, list, (part) =>
    rangeFits(value, part, (end) => numberWithin(end, min, max)) ? undefined : { message: `is not ${what}` },
  );
}

/** One value, or two with the range's sign between them. */
function rangeFits(
  { range, closed, ordered }: { readonly range?: string; readonly closed?: boolean; readonly ordered?: boolean },
  text: string,
  read: (part: string) => number | bigint | undefined,
): boolean {
  const sign = range ? text.indexOf(range) : -1;
  if (sign === -1) return read(text) !== undefined;
  const [from, to] = [text.slice(0, sign), text.slice(sign + 1)];
  const [first, last] = [read(from), read(to)];
  if (first === undefined && (closed || from !== "")) return false;
  if (last === undefined && (closed || to !== "")) return false;
  return !(ordered && first !== undefined && last !== undefined && first > last);
}

function listProblem(text: string, most: number, problem: (part: string) => Problem | undefined): Problem | undefined {
  const parts = text.split(",");
  if (parts.length > most) return { message: `names ${parts.length} values, and ${most} is the most` };
  for (const part of parts) {
    const found = problem(part);
    if (found) return part === text ? found : { message: `holds \`${part}\`, which ${found.message}` };
  }
  return undefined;
}

function markProblem({ max = 0xffff_ffff, mask }: Kind<"mark">, text: string): Problem | undefined {
  const slash = mask ? text.indexOf("/") : -1;
  const fits =
    slash === -1
      ? numberWithin(text, 0, max) !== undefined
      : numberWithin(text.slice(0, slash), 0, max) !== undefined &&
        numberWithin(text.slice(slash + 1), 0, max) !== undefined;
  if (fits) return undefined;
  const limit = `0x${max.toString(16)}`;
  return {
    message: mask
      ? `is not a mark as value or value/mask, each from 0 to ${limit}`
      : `is not a number from 0 to ${limit}`,
  };
}

function portProblem(value: Kind<"port">, text: string): Problem | undefined {
  const one = (part: string) => portNumber(part, value.wraps);
  if (text === "" && value.wraps && value.range) return undefined;
  if (value.list === undefined) return rangeFits(value, text, one) ? undefined : portMessage(value, text);
  const count = portsIn(text);
  if (count > value.list) {
    return {
      message: `names ${count} ports (a range counts as two), and ${value.list} is the most; part them over two rules`,
    };
  }
  return listProblem(text, value.list, (part) => (rangeFits(value, part, one) ? undefined : portMessage(value, part)));
}

function portsIn(text: string): number {
  let count = 1;
  for (let at = 0; at < text.length; at++) if (text[at] === "," || text[at] === ":") count++;
  return count;
}

/** The number of a port or service. The C library reads any decimal number and keeps 16 bits of it. */
function portNumber(text: string, wraps = false): number | undefined {
  const number = wraps ? (/^\d{1,19}$/.test(text) ? Number(text) : undefined) : numberWithin(text, 0, 0xffff);
  return (number as number | undefined) ?? services.get(text);
}

function portMessage({ range, ordered }: Kind<"port">, text: string): Problem {
  if (range === ":" && /^\d+-\d+$/.test(text)) {
    return { message: "is not a range of ports: write `:` between its ends", instead: text.replace("-", ":") };
  }
  const [, from, to] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (ordered && from && to && Number(from) > Number(to)) {
    return { message: "is a range whose first port is the greater one", instead: `${to}:${from}` };
  }
  return {
    message: `is neither a port from 0 to 65535 nor the name of a service`,
    instead: /^\d/.test(text) ? undefined : nearest(text, services.keys()),
  };
}

const wordSets = new WeakMap<Value, ReadonlySet<string>>();

function wordProblem(value: Kind<"word">, text: string): Problem | undefined {
  let words = wordSets.get(value);
  if (!words) {
    const all = Object.keys(value.words);
    words = new Set(value.ignoreCase ? all.map((word) => word.toLowerCase()) : all);
    wordSets.set(value, words);
  }
  if (words.has(text)) return undefined;
  if (!value.list || text.indexOf(",") === -1) return oneWordProblem(value, words, text);
  const parts = text.split(",");
  for (const [index, part] of parts.entries()) {
    const found = oneWordProblem(value, words, part);
    if (!found) continue;
    const instead = found.instead && [...parts.slice(0, index), found.instead, ...parts.slice(index + 1)].join(",");
    return {
      message: part === "" ? "has a comma with nothing beside it" : `holds \`${part}\`, which ${found.message}`,
      instead,
    };
  }
  return undefined;
}

function oneWordProblem(value: Kind<"word">, words: ReadonlySet<string>, text: string): Problem | undefined {
  if (text === "" && value.list && value.blanks) return undefined;
  const lower = value.ignoreCase ? text.toLowerCase() : text;
  if (words.has(lower)) return undefined;
  if (value.abbreviated && (text !== "" || !value.list)) {
    let fitting = 0;
    for (const word of words) if (word.startsWith(lower)) fitting++;
    if (fitting === 1 || (fitting > 1 && value.abbreviated === "first")) return undefined;
  }
  if (value.significant && [...words].some((word) => sameStart(word, lower, value.significant as number))) {
    return undefined;
  }
  const slash = value.slash ? text.indexOf("/") : -1;
  const number = slash === -1 ? text : text.slice(0, slash);
  if (value.orInteger !== undefined && numberWithin(number, value.fromInteger ?? 0, value.orInteger) !== undefined) {
    return slash === -1 ? undefined : afterSlashProblem(value.slash as Value, text.slice(slash + 1));
  }
  const known = Object.keys(value.words);
  const shown = known.length <= 12 ? `: ${known.join(", ")}` : "";
  const orNumber =
    value.orInteger === undefined ? "" : ` or a number from ${value.fromInteger ?? 0} to ${value.orInteger}`;
  return { message: `is none of the words that may stand here${shown}${orNumber}`, instead: nearest(text, known) };
}

function sameStart(a: string, b: string, length: number): boolean {
  return b.length >= length && a.slice(0, length) === b.slice(0, length);
}

function afterSlashProblem(value: Value, text: string): Problem | undefined {
  const found = problemOf(value, text, "ipv4");
  return found && { message: `holds \`${text}\` after its slash, which ${found.message}` };
}

function addressProblem(value: Kind<"address">, text: string, family: IpFamily): Problem | undefined {
  if (family === "ipv4" && isPlainIpv4(text, value.prefix)) return undefined;
  const one = value.prefix ? parseNetwork : parseAddress;
  if (value.list) {
    for (const part of text.split(",")) {
      if (one(part, family) === undefined) return addressMessage(part, text, family);
    }
    return undefined;
  }
  const dash = value.range ? text.indexOf("-") : -1;
  const ends = dash === -1 ? [text] : [text.slice(0, dash), text.slice(dash + 1)];
  const fits = (end: string) => {
    if (value.range) return typeof one(end, family) === "bigint";
    return one(end, family) !== undefined || (value.prefix === true && hasShortMask(end, family));
  };
  return ends.every(fits) ? undefined : addressMessage(text, text, family);
}

/** Modules read any number after the slash that is no length as a netmask with fewer parts: `10.0.0.1/33`. */
function hasShortMask(text: string, family: IpFamily): boolean {
  const [address = "", mask = ""] = text.split("/");
  return family === "ipv4" && /^\d+(\.\d+)*$/.test(mask) && [address, mask].every((part) => isAddress(part, family));
}

function isAddress(text: string, family: IpFamily): boolean {
  return typeof parseAddress(text, family) === "bigint";
}

function addressMessage(part: string, whole: string, family: IpFamily): Problem {
  const holds = part === whole ? "" : `holds \`${part}\`, which `;
  const other: IpFamily = family === "ipv4" ? "ipv6" : "ipv4";
  const slash = part.lastIndexOf("/");
  const address = slash === -1 ? part : part.slice(0, slash);
  const isOther =
    other === "ipv6"
      ? parseIpv6(address) !== undefined && address.includes(":")
      : parseStrictIpv4(address) !== undefined;
  if (isOther) {
    return { message: `${holds}is an ${names[other]} address, but this is read as an ${names[family]} file` };
  }
  if (slash !== -1 && parseMask(part.slice(slash + 1), family) === undefined) {
    const most = family === "ipv4" ? "32, or a netmask" : "128";
    return { message: `${holds}has no valid mask: after \`/\` stands a length from 0 to ${most}` };
  }
  return { message: part === "" ? "has a comma with nothing beside it" : `${holds}is not an ${names[family]} address` };
}

const names = { ipv4: "IPv4", ipv6: "IPv6" };

/** `10.0.0.1` and `10.0.0.0/8`, nearly all there is, seen at a glance. */
function isPlainIpv4(text: string, prefix: boolean | undefined): boolean {
  let number = -1;
  let dots = 0;
  let slash = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      if (number === 0) return false;
      number = number === -1 ? code - 48 : number * 10 + code - 48;
      if (number > (slash ? 32 : 255)) return false;
    } else if (code === 46 && number !== -1 && !slash) {
      dots++;
      number = -1;
    } else if (code === 47 && number !== -1 && prefix && !slash) {
      slash = true;
      number = -1;
    } else return false;
  }
  return dots === 3 && number !== -1;
}

function natAddressProblem(text: string, family: IpFamily): Problem | undefined {
  const { addresses, ports } = splitNatAddress(text);
  const bracketed = family === "ipv4" && text.includes("[");
  if (ports !== undefined) {
    const found = natPortsProblem(ports);
    if (found) return { message: `holds the ports \`${ports}\`, which ${found.message}` };
    if (addresses.length === 0) return undefined;
  }
  const read = family === "ipv4" ? parseStrictIpv4 : parseIpv6;
  const bad = addresses.find((address) => read(address) === undefined);
  if (bad === undefined && addresses.length > 0 && !bracketed) return undefined;
  const form =
    family === "ipv4"
      ? "`10.0.0.1`, `10.0.0.1-10.0.0.9` or `10.0.0.1:80`"
      : "`fd00::1`, `fd00::1-fd00::9` or `[fd00::1]:80`";
  return { message: `is not an ${names[family]} address to translate to: write it as ${form}` };
}

/** The parts of `addr[-addr][:ports]`; a lone `:` belongs to ports, several to an IPv6 address unless in brackets. */
export function splitNatAddress(text: string): { readonly addresses: readonly string[]; readonly ports?: string } {
  const bracket = text.lastIndexOf("]");
  let colon = text.indexOf(":", bracket + 1);
  if (bracket === -1 && colon !== text.lastIndexOf(":")) colon = -1;
  const before = colon === -1 ? text : text.slice(0, colon);
  const addresses = before === "" && colon !== -1 ? [] : before.replace(/[[\]]/g, "").split("-", 2);
  return colon === -1 ? { addresses } : { addresses, ports: text.slice(colon + 1) };
}

function natPortsProblem(text: string, unshifted = false): Problem | undefined {
  if (portNumber(text) !== undefined) return undefined;
  const [, from = "", to = "", base] = /^(\w+)-(\w+)(?:\/([\w-]+))?$/.exec(text) ?? [];
  const [first, last] = [numberWithin(from, 0, 0xffff), numberWithin(to, 0, 0xffff)];
  if (first === undefined || last === undefined || (base !== undefined && !portNumber(base))) {
    return { message: "is neither a port from 0 to 65535, a range such as `1024-2048`, nor the name of a service" };
  }
  if (unshifted && base !== undefined) {
    return {
      message: "has a base behind its range, which only DNAT, SNAT and MASQUERADE know",
      instead: `${from}-${to}`,
    };
  }
  if (first <= last) return undefined;
  return {
    message: "is a range whose first port is the greater one",
    instead: `${to}-${from}${base === undefined ? "" : `/${base}`}`,
  };
}

function interfaceProblem(text: string): Problem | undefined {
  if (text === "") return { message: "is empty: name an interface, or leave the option out" };
  return byteLength(text) > 15
    ? { message: "is too long for an interface, whose name has 15 letters at the most" }
    : undefined;
}

function macProblem({ mask }: Kind<"mac">, text: string): Problem | undefined {
  const [address, bits, ...more] = text.split("/");
  const fits = isMac(address as string) && (bits === undefined || (mask && isMac(bits))) && more.length === 0;
  return fits ? undefined : { message: "is not a MAC address: write six hexadecimal bytes with `:` between them" };
}

function isMac(text: string): boolean {
  return /^([\da-f]{1,2}:){5}[\da-f]{1,2}$/i.test(text);
}

const perSecond = Object.entries({ second: 1, minute: 60, hour: 3600, day: 86_400 });

function rateProblem({ bytes, max }: Kind<"rate">, text: string): Problem | undefined {
  if (bytes && /^\d+[kmg]?b(\/s?)?/i.test(text)) return undefined;
  const slash = text.indexOf("/");
  const unit = slash === -1 ? "s" : text.slice(slash + 1).toLowerCase();
  const seconds = unit === "" ? undefined : perSecond.find(([name]) => name.startsWith(unit))?.[1];
  const count = Number.parseInt(text, 10);
  if (seconds === undefined || !(count > 0)) {
    return {
      message: "is not a rate: write a number from 1, then `/second`, `/minute`, `/hour` or `/day`, as in `5/minute`",
    };
  }
  if (max !== undefined && count > max * seconds)
    return { message: `is more than ${max} a second, the fastest that can be limited` };
  return undefined;
}

/** The number of the protocol that `-p` names in any case, `all` being 0. */
export function protocolNumber(text: string): number | undefined {
  return protocols.get(text.toLowerCase()) ?? (numberWithin(text, 0, 255) as number | undefined);
}

/** Whether NAT can translate the ports of a protocol, as `-p` names it: ICMP's identifiers count as such. */
export function hasPorts(protocol: string): boolean {
  return withPorts.has(protocolNumber(protocol) ?? 0);
}

const withPorts: ReadonlySet<number> = new Set([1, 6, 17, 33, 58, 132]);

/** Whether `-p` names one of these; `! -p` names none, but where it is taken all the same. */
export function namesProtocol(node: OptionNode | undefined, protocols: readonly string[], negated = false): boolean {
  const name = node?.value?.text;
  if (name === undefined || (node?.negation && !negated)) return false;
  return protocols.includes(name) || protocols.some((each) => protocolNumber(each) === protocolNumber(name));
}

function protocolProblem(text: string): Problem | undefined {
  if (protocolNumber(text) !== undefined) return undefined;
  return {
    message: "is neither a protocol's name nor a number from 0 to 255",
    instead: nearest(text, protocols.keys()),
  };
}

function textProblem({ max, empty, oneLine }: Kind<"text">, text: string): Problem | undefined {
  if (oneLine && text.endsWith("\n")) return { message: "has no closing quote, and takes the line's end along" };
  if (text === "" && !empty) return { message: "is empty" };
  if (max !== undefined && text.length * 3 > max && byteLength(text) > max) {
    return { message: `is longer than ${max} bytes, which is all that fits` };
  }
  return undefined;
}

/** How many bytes the text has in UTF-8. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7ff && (code < 0xd800 || code > 0xdfff)) bytes += 2;
    else if (code > 0x7f) bytes += 1;
  }
  return bytes;
}
