import type { IptablesPlace } from "./iptables.js";
import { hex, pool } from "./pool.js";
import type { Random } from "./random.js";

/** `-j ...`, `-g ...` or nothing, as the table and hook allow. */
export function iptablesTarget(random: Random, place: IptablesPlace, protocol: string | undefined): string {
  const { chains, table } = place;
  if (chains.length && random.chance(0.25)) return `${random.pick(["-j", "-j", "-g"])} ${random.pick(chains)}`;
  if (random.chance(0.1)) return "";
  if (random.chance(0.1)) return "-j RETURN";
  if (table === "nat") return random.chance(0.75) ? nat(random, place, protocol) : "-j ACCEPT";
  if (random.chance(0.25)) return `-j ${random.pick(["ACCEPT", "ACCEPT", "DROP"])}`;
  if (table === "filter") return filter(random, place, protocol);
  return table === "raw" ? raw(random) : mangle(random, place, protocol);
}

function filter(random: Random, { six }: IptablesPlace, protocol: string | undefined): string {
  const ways = six
    ? ["", "icmp6-adm-prohibited", "icmp6-port-unreachable", "icmp6-no-route"]
    : ["", "icmp-host-prohibited", "icmp-net-unreachable", "icmp-admin-prohibited"];
  if (random.chance(0.1)) return "-j NFQUEUE --queue-num 9 --queue-bypass";
  if (random.chance(0.3)) return "-j NFLOG --nflog-group 7";
  if (random.chance(0.3)) return `-j CONNMARK --set-mark ${hex(random.pick(pool.marks))}`;
  if (protocol === "tcp" && random.chance(0.4)) return "-j REJECT --reject-with tcp-reset";
  const way = random.pick(ways);
  return way ? `-j REJECT --reject-with ${way}` : "-j REJECT";
}

function raw(random: Random): string {
  return random.pick([
    `-j CT --zone ${random.pick([1, 2])}`,
    "-j CT --notrack",
    "-j NOTRACK",
    `-j MARK --set-mark ${hex(random.pick(pool.marks))}`,
    "-j DROP",
    "-j NFLOG",
  ]);
}

function mangle(random: Random, { six, hook }: IptablesPlace, protocol: string | undefined): string {
  const mark = hex(random.pick(pool.marks));
  const mask = hex(random.pick(pool.masks));
  return random.weighed<() => string>([
    [
      5,
      () =>
        `-j MARK ${random.pick([`--set-mark ${mark}`, `--set-xmark ${mark}/${mask}`, `--set-mark ${mark}/${mask}`, `--or-mark ${mark}`, `--and-mark ${mask}`, `--xor-mark ${mark}`])}`,
    ],
    [
      5,
      () =>
        `-j CONNMARK ${random.pick(["--save-mark", "--restore-mark", `--save-mark --nfmask ${mask} --ctmask ${mask}`, "--restore-mark --nfmask 0xff --ctmask 0xff", `--set-xmark ${mark}/${mask}`, `--set-mark ${mark}`])}`,
    ],
    [1, () => (six ? "-j HL --hl-set 20" : "-j TTL --ttl-set 20")],
    [1, () => (six ? "-j HL --hl-inc 1" : "-j TTL --ttl-dec 1")],
    [1, () => `-j DSCP --set-dscp ${random.pick(["0x08", "0x2e"])}`],
    [1, () => `-j TOS --set-tos ${random.pick(["0x10", "0x20/0xff"])}`],
    [
      1,
      () =>
        hook === "FORWARD" && protocol === "tcp"
          ? "-m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1200"
          : hook === "POSTROUTING"
            ? "-j CLASSIFY --set-class 1:5"
            : "-j NFLOG",
    ],
  ])();
}

function nat(random: Random, { six, hook }: IptablesPlace, protocol: string | undefined): string {
  const source = hook === "POSTROUTING" || hook === "INPUT";
  const { lan, internet, router, unowned } = pool[six ? "ipv6" : "ipv4"];
  const host = random.pick(source ? [...router, unowned[0]] : [...lan, ...internet, router[0]]);
  const ports = protocol === "tcp" || protocol === "udp";
  const target = ports && random.chance(0.5) ? `${six ? `[${host}]` : host}:${random.pick(pool.ports)}` : host;
  if (hook === "POSTROUTING" && random.chance(0.6))
    return ports && random.chance(0.2) ? "-j MASQUERADE --to-ports 40000" : "-j MASQUERADE";
  if (!source && random.chance(0.35))
    return ports ? `-j REDIRECT --to-ports ${random.pick(pool.ports)}` : "-j REDIRECT";
  if (!six && random.chance(0.08)) return `-j NETMAP --to ${source ? "10.0.1.0/24" : "192.168.1.0/24"}`;
  return source ? `-j SNAT --to-source ${target}` : `-j DNAT --to-destination ${target}`;
}
