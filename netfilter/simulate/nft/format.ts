import type { ValueType } from "../../model/nft/values.js";
import { formatAddress } from "../../packet/address.js";
import { isRange, type Read } from "./reading.js";

/** A value as a person writes it: marks in hexadecimal, addresses dotted, flags and classes by name; `?` where it is not known. */
export function formatValue(value: Read, { datatype }: ValueType): string {
  if (value === null || value === undefined) return "?";
  if (isRange(value)) return `${value.from}-${value.to}`;
  if (typeof value === "string") return value;
  if (typeof value === "object") return value.map((part) => formatValue(part, { datatype, bits: 0 })).join(" . ");
  const format = formats[datatype?.word ?? ""];
  if (format) return format(BigInt(value));
  return datatype?.constants.find((constant) => BigInt(constant.value) === BigInt(value))?.word ?? String(value);
}

const formats: Readonly<Record<string, (value: bigint) => string>> = {
  mark: (value) => `0x${value.toString(16).padStart(8, "0")}`,
  ipv4_addr: (value) => formatAddress({ family: "ipv4", value }),
  ipv6_addr: (value) => formatAddress({ family: "ipv6", value }),
  ether_addr: (value) => (value.toString(16).padStart(12, "0").match(/../g) ?? []).join(":"),
  classid: (value) => `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`,
  inet_service: String,
};
