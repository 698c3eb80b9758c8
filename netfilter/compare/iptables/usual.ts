import type { IpFamily } from "../../facts/iptables/extension.js";
import { parseNumber } from "../../syntax/iptables/numbers.js";
import { icmpCodes } from "./icmp.js";

/** What stands for itself where an option is left out, and so is left out of listings: by extension, as keys are written. */
const defaults: Readonly<Record<string, readonly string[]>> = {
  REJECT: ["reject-with icmp-port-unreachable", "reject-with icmp6-port-unreachable"],
  LOG: ["log-level 4"],
  NFLOG: ["nflog-group 0", "nflog-threshold 1"],
  NFQUEUE: ["queue-num 0"],
  TPROXY: ["on-ip 0.0.0.0", "on-ip ::"],
  connlimit: ["connlimit-mask 32", "connlimit-mask 128", "connlimit-saddr"],
  hashlimit: ["hashlimit-burst 5"],
  limit: ["limit-burst 5", "limit every 12000000"],
  policy: ["pol ipsec"],
  recent: ["mask 255.255.255.255", "rsource", "name DEFAULT"],
  string: ["from 0", "to 65535"],
};

/** Whether a listing leaves this option of the extension out. */
export function usual(extension: string, key: string): boolean {
  return defaults[extension]?.includes(key) ?? false;
}

type Names = Readonly<Record<string, string>>;

const services: Names = {
  "Minimize-Delay": "16/63",
  "Maximize-Throughput": "8/63",
  "Maximize-Reliability": "4/63",
  "Minimize-Cost": "2/63",
  "Normal-Service": "0/63",
};

const headers: Names = {
  ...{ hop: "hop-by-hop", dst: "ipv6-opts", route: "ipv6-route", frag: "ipv6-frag", auth: "ah", none: "ipv6-nonxt" },
  proto: "protocol",
};

/** Values that have other names, by extension and option. */
const names: Readonly<Record<string, Names>> = {
  "REJECT reject-with": {
    "net-unreach": "icmp-net-unreachable",
    "host-unreach": "icmp-host-unreachable",
    "proto-unreach": "icmp-proto-unreachable",
    "port-unreach": "icmp-port-unreachable",
    "net-prohib": "icmp-net-prohibited",
    "host-prohib": "icmp-host-prohibited",
    "tcp-rst": "tcp-reset",
    "admin-prohib": "icmp-admin-prohibited",
    "no-route": "icmp6-no-route",
    "adm-prohibited": "icmp6-adm-prohibited",
    "addr-unreach": "icmp6-addr-unreachable",
    "icmp6-addr-unreach": "icmp6-addr-unreachable",
    "icmp6-port-unreach": "icmp6-port-unreachable",
  },
  "LOG log-level": {
    ...{ emerg: "0", panic: "0", alert: "1", crit: "2", err: "3", error: "3" },
    ...{ warn: "4", warning: "4", notice: "5", info: "6", debug: "7" },
  },
  "tos tos": services,
  "TOS set-tos": services,
};

/** Masks of all bits, as `valueKey` writes them. */
const everyBit: ReadonlySet<string> = new Set(
  [32n, 128n].map((bits) => (1n << bits) - 1n).map((all) => `${all}/${all}`),
);

/** Values of which listings show what the kernel made of them: probabilities in its own steps, texts cut to its length. */
const readers: Readonly<Record<string, (value: string) => string>> = {
  "recent mask": (value) => (everyBit.has(value) ? "255.255.255.255" : value),
  "statistic probability": (value) => `${Math.round(Number(value) * 0x8000_0000)}`,
  "LOG log-prefix": (value) => value.slice(0, 29),
  "connbytes connbytes": (value) => (value.includes("-") ? value : `${value}-18446744073709551615`),
  "ipv6header header": (value) =>
    value
      .split(",")
      .map((name) => headers[name] ?? name)
      .sort()
      .join(","),
};

/** The value as listings have it. */
export function sameValue(extension: string, option: string, value: string): string {
  const place = `${extension} ${option}`;
  const known = names[place]?.[value] ?? readers[place]?.(value) ?? value;
  return known.replace(/\b0x[\da-f]+\b/gi, (number) => `${parseNumber(number) ?? number}`);
}

/** The type and code of ICMP that a name stands for, `3` or `3/4`; the text itself where it is none. */
export function icmpKey(text: string, family: IpFamily): string {
  return icmpCodes[family][text.toLowerCase()] ?? text;
}
