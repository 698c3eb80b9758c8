import type { IpFamily, Value } from "../../facts/iptables/extension.js";
import { services } from "../../facts/services.js";
import { parseAddress, parseNetwork } from "../../syntax/iptables/address.js";
import { parseNumber } from "../../syntax/iptables/numbers.js";

/** An option's value in one spelling for all that mean the same. */
export function valueKey(text: string, value: Value | undefined, family: IpFamily): string {
  switch (value?.type) {
    case "integer":
      return each(text, value.list ? "," : undefined, (part) => ends(part, value.range, numberKey, `${value.max}`));
    case "port":
      return each(text, value.list ? "," : undefined, (part) => ends(part, value.range, portKey, "65535"));
    case "mark": {
      const [mark = "", mask] = text.split("/");
      return `${numberKey(mark)}/${mask === undefined ? "all" : numberKey(mask).replace(/^4294967295$/, "all")}`;
    }
    case "word":
      return each(text, value.list ? "," : undefined, (part) => wordKey(part, value));
    case "address":
      return each(text, value.list ? "," : undefined, (part) => addressKey(part, value, family));
    case "natAddress":
      return natKey(text, family);
    case "rate":
      return rateKey(text);
    case "mac":
      return text.toLowerCase();
    case "pattern":
      return text.toLowerCase();
    default:
      return text;
  }
}

function each(text: string, sign: string | undefined, write: (part: string) => string): string {
  return sign === undefined
    ? write(text)
    : text
        .split(sign)
        .map((part) => write(part.trim()))
        .sort()
        .join(",");
}

function ends(text: string, sign: string | undefined, write: (end: string) => string, highest: string): string {
  const at = sign === undefined ? -1 : text.indexOf(sign);
  if (at === -1) return write(text);
  const [from, to] = [text.slice(0, at) || "0", text.slice(at + 1) || highest];
  const written = [write(from), write(to)];
  return written[0] === written[1] ? (written[0] as string) : written.join("-");
}

function numberKey(text: string): string {
  const number = parseNumber(text);
  return number === undefined ? text : `${number}`;
}

function portKey(text: string): string {
  return `${services.get(text) ?? numberKey(text)}`;
}

function wordKey(
  text: string,
  { words, ignoreCase, abbreviated, significant, slash }: Extract<Value, { type: "word" }>,
) {
  const number = parseNumber(text);
  if (number !== undefined) return `${number}`;
  const [head, tail] = slash ? text.split("/") : [text];
  if (tail !== undefined) return `${numberKey(head as string)}/${numberKey(tail)}`;
  const fold = (word: string) => (ignoreCase ? word.toLowerCase() : word);
  const wanted = fold(significant ? text.slice(0, significant) : text);
  const known = Object.keys(words);
  const exact = known.find((word) => fold(word) === fold(text));
  if (exact || (!abbreviated && !significant)) return exact ?? text;
  return known.find((word) => fold(word).startsWith(wanted)) ?? text;
}

function addressKey(text: string, value: Extract<Value, { type: "address" }>, family: IpFamily): string {
  if (value.range) return ends(text, "-", (end) => `${parseAddress(end, family) ?? end}`, text);
  const network = parseNetwork(text, family);
  return typeof network === "object" ? `${network.address}/${network.mask}` : text;
}

/** `addr[-addr][:port[-port]]` with its addresses as numbers. */
function natKey(text: string, family: IpFamily): string {
  const [, bracketed, plain = "", ports = ""] = (family === "ipv6"
    ? /^(?:\[([^\]]*)\]|([^[\]]*))(?::([\d-/]+))?$/
    : /^(?:(\[)|([^:]*))(?::(.*))?$/
  ).exec(text) ?? [undefined, undefined, text];
  const addresses = ends(bracketed ?? plain, "-", (end) => (end ? `${parseAddress(end, family) ?? end}` : ""), "");
  return ports ? `${addresses}:${ends(ports, "-", portKey, "")}` : addresses;
}

/** The kernel keeps the time between two packets in ten-thousandths of a second; bytes are rates of another kind. */
function rateKey(text: string): string {
  const [, number, unit = "s"] = /^(\d+)(?:\/([a-z]+))?$/i.exec(text) ?? [];
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit[0]?.toLowerCase() ?? "s"];
  if (number === undefined || seconds === undefined) return text.toLowerCase();
  return `every ${Math.floor((10_000 * seconds) / Number(number))}`;
}
