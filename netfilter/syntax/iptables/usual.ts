import type { IpFamily, Value } from "../../facts/iptables/extension.js";

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = `${octet}(?:\\.${octet}){3}`;
const group = "[\\da-f]{1,4}";
const ipv6 = `(?:(?:${group}:){7}${group}|(?:${group}:){1,4}:(?:${group}:){0,2}${group}|(?:${group}:){1,6}:|::(?:${group})?)`;
const addresses = { ipv4, ipv6 };
const lengths = { ipv4: "(?:3[0-2]|[12]?\\d)", ipv6: "(?:12[0-8]|1[01]\\d|[1-9]?\\d)" };
const port = "(?:[1-5]\\d{4}|[1-9]\\d{0,3}|0)";

/** A quote that closes, with letters of one byte each between and none that is escaped. */
const quoted = (most: number) => `"[ #-,.-[\\]-~][ !#-[\\]-~]{0,${most - 1}}"`;

/**
 * How nearly every value of a kind is written, as a regular expression without groups: what fits needs no closer look.
 * Undefined where there is no such spelling.
 */
export function usualSpelling(value: Value, family: IpFamily): string | undefined {
  switch (value.type) {
    case "address":
      return value.prefix ? `${addresses[family]}(?:/${lengths[family]})?` : addresses[family];
    case "port":
      return value.list === undefined ? port : `${port}(?:,${port}){0,${value.list - 1}}`;
    case "interface":
      return "[#-,.-~][!#-~]{0,14}";
    case "text":
      return quoted(Math.min(value.max ?? 255, 255));
    case "natAddress":
      return family === "ipv4" ? `${ipv4}(?::${port})?` : undefined;
    default:
      return undefined;
  }
}
