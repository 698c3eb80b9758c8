import type { IptablesPlace } from "./iptables.js";
import { hex, pool } from "./pool.js";
import type { Random } from "./random.js";

/** Up to three conditions; those of the protocol come only with it. */
export function iptablesMatches(random: Random, place: IptablesPlace, protocol: string | undefined): string[] {
  const general = random.times(0, 2, () => match(random, place));
  const first = (condition: string, index: number) =>
    general.findIndex((one) => subject(one) === subject(condition)) === index;
  return [...(protocol && random.chance(0.7) ? [ofProtocol(random, protocol)] : []), ...general.filter(first)];
}

/** Of `-s`, `-d`, `-i` and `-o` a rule takes only one. */
function subject(condition: string): string {
  return condition.replace("! ", "").slice(0, 2) === "-m" ? condition : condition.replace("! ", "").slice(0, 2);
}

function ofProtocol(random: Random, protocol: string): string {
  const port = () => random.pick([String(random.pick(pool.ports)), random.pick(pool.portRanges).replace("-", ":")]);
  const not = random.chance(0.15) ? "! " : "";
  if (protocol === "icmp") return `-m icmp ${not}--icmp-type ${random.pick(["8", "0", "3", "echo-request", "3/3"])}`;
  if (protocol === "ipv6-icmp") return `-m icmp6 ${not}--icmpv6-type ${random.pick(["128", "129", "1", "1/4"])}`;
  const several = `-m multiport ${not}--${random.pick(["dports", "sports", "ports"])} ${random.some([...pool.ports, ...pool.clientPorts], 1, 4).join(",")},1000:1100`;
  const flags = random.pick([
    "--syn",
    "! --syn",
    "--tcp-flags SYN,ACK SYN",
    "--tcp-flags FIN,SYN,RST,ACK SYN",
    "--tcp-flags ALL NONE",
    "--tcp-flags SYN,RST RST",
  ]);
  return random.weighed([
    [4, `-m ${protocol} ${not}--dport ${port()}`],
    [2, `-m ${protocol} ${not}--sport ${port()}`],
    [2, several],
    [2, protocol === "tcp" ? `-m tcp ${flags}` : several],
    [1, protocol === "tcp" ? "-m tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1400:1500" : several],
  ]);
}

function match(random: Random, place: IptablesPlace): string {
  const not = random.chance(0.15) ? "! " : "";
  const { lan, internet, router, prefixes, ranges } = pool[place.six ? "ipv6" : "ipv4"];
  const host = random.pick([...lan, ...internet, ...router, ...prefixes]);
  const mark = hex(random.pick(pool.marks));
  return random.weighed<() => string>([
    [4, () => `${not}-s ${host}`],
    [4, () => `${not}-d ${host}`],
    [5, () => device(random, place, not)],
    [3, () => conntrack(random, place, not)],
    [
      3,
      () => `-m mark ${not}--mark ${random.pick([mark, `${mark}/${hex(random.pick(pool.masks))}`, "0x0", "0x0/0xff"])}`,
    ],
    [2, () => `-m connmark ${not}--mark ${random.pick([mark, "0x0", "0x0/0xff", `${mark}/0xff`])}`],
    [1, () => `-m iprange ${not}--${random.pick(["src", "dst"])}-range ${random.pick(ranges.slice(0, 2))}`],
    [
      1,
      () => `-m addrtype ${not}--${random.pick(["src", "dst"])}-type ${random.pick(["LOCAL", "UNICAST", "MULTICAST"])}`,
    ],
    [1, () => `-m length ${not}--length ${random.pick(["0:60", "40", "100:65535"])}`],
    [
      1,
      () =>
        place.six
          ? `-m hl --hl-${random.pick(["eq 64", "lt 64", "gt 1"])}`
          : `-m ttl --ttl-${random.pick(["eq 64", "lt 64", "gt 1"])}`,
    ],
    [1, () => `-m dscp ${not}--dscp ${random.pick(["0x00", "0x08", "0x2e"])}`],
    [1, () => `-m pkttype ${not}--pkt-type ${random.pick(["unicast", "multicast"])}`],
    [1, () => "-m limit --limit 10000/sec --limit-burst 5000"],
    [1, () => `-m quota ${not}--quota ${1000000}`],
    [1, () => '-m comment --comment "no condition"'],
    [1, () => rpfilter(random, place)],
    [1, () => tos(random)],
  ])();
}

function device(random: Random, { hook }: IptablesPlace, not: string): string {
  const name = random.pick([...pool.devices, "wan+"]);
  const direction =
    hook === "OUTPUT" || hook === "POSTROUTING" ? "-o" : hook === "FORWARD" ? random.pick(["-i", "-o"]) : "-i";
  return `${not}${direction} ${name}`;
}

function conntrack(random: Random, { six }: IptablesPlace, not: string): string {
  const { lan, internet } = pool[six ? "ipv6" : "ipv4"];
  return random.weighed([
    [
      6,
      `-m conntrack ${not}--ctstate ${random.pick(["NEW", "ESTABLISHED", "RELATED,ESTABLISHED", "INVALID", "UNTRACKED", "DNAT", "SNAT", "NEW,DNAT"])}`,
    ],
    [1, `-m state ${not}--state ${random.pick(["NEW", "ESTABLISHED,RELATED", "INVALID"])}`],
    [1, `-m conntrack ${not}--ctstatus ${random.pick(["SEEN_REPLY", "ASSURED", "CONFIRMED", "NONE"])}`],
    [1, `-m conntrack --ctdir ${random.pick(["ORIGINAL", "REPLY"])}`],
    [1, `-m conntrack ${not}--ctorigdst ${random.pick(internet)}`],
    [1, `-m conntrack ${not}--ctorigsrc ${random.pick(lan)}`],
    [1, `-m conntrack --ctproto 6 --ctorigdstport ${random.pick(pool.ports)}`],
  ]);
}

function rpfilter(random: Random, { table, hook }: IptablesPlace): string {
  const fits = (table === "raw" || table === "mangle") && hook === "PREROUTING";
  return fits
    ? `-m rpfilter${random.pick(["", " --loose", " --invert", " --validmark"])}`
    : "-m limit --limit 9000/sec --limit-burst 4000";
}

function tos(random: Random): string {
  return `-m tos --tos ${random.pick(["0x00", "0x20/0xfc"])}`;
}
