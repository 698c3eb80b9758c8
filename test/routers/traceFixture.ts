import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Router } from "../../client/routers/router.js";
import { Memory, performRulesetCall } from "../../client/rulesets/calls.js";
import { type LiveTrace, type LiveTraceEnd, startLiveTrace } from "../../client/tracing/liveTrace.js";
import type { TraceItem } from "../../netfilter/observe/trace/commands.js";
import { endOf, type TracedPacket } from "../../netfilter/observe/trace/event.js";
import { type PacketTrace, TraceGrouper } from "../../netfilter/observe/trace/group.js";
import { type TraceLimits, type TracePattern, usualTraceLimits } from "../../netfilter/observe/trace/livePattern.js";
import { parseNetwork } from "../../netfilter/packet/address.js";
import { storyState } from "../client/path/story.js";
import { eventually } from "./fixture.js";
import type { Lab, Machine } from "./lab.js";

/** A trace that was begun by a test, with what it has shown so far. */
export interface Begun {
  readonly trace: LiveTrace;
  readonly items: TraceItem[];
  readonly notes: string[];
  /** `lan0 udp 192.168.1.10 > 203.0.113.10:7001`, a packet each, as it was first seen. */
  packets(): string[];
  /** Rules that such a packet met, by handle or position, and ends of chains that have a position: `ip filter FORWARD 1`. */
  rulesOf(packet: string): string[];
  /** Tables and chains through which a packet was seen to go, in order, and the hook to whose end it came. */
  chains(): string[];
}

/** Starts a trace and waits until it listens; one that fails is handed back all the same. */
export async function begin(router: Router, pattern: TracePattern, limits: Partial<TraceLimits> = {}): Promise<Begun> {
  const items: TraceItem[] = [];
  const notes: string[] = [];
  const trace = await new Promise<LiveTrace>((resolve) => {
    const started = startLiveTrace(
      router,
      pattern,
      { ...usualTraceLimits, ...limits },
      {
        items: (some) => void items.push(...some),
        note: (sentence) => void notes.push(sentence),
        state: () => resolve(started),
      },
    );
  });
  return {
    ...{ trace, items, notes, packets: () => packetsIn(items), chains: () => chainsIn(items) },
    rulesOf: (packet) => rulesMet(items, packet),
  };
}

/** Waits until so many kinds of packets were seen, and a moment for others that should not be, then stops. */
export async function endAfter(begun: Begun, count: number): Promise<LiveTraceEnd> {
  await eventually(
    () => new Set(begun.packets()).size,
    (seen) => seen >= count,
    5000,
  );
  await sleep(200);
  begun.trace.stop();
  return begun.trace.ended;
}

/** What a view shows of the packets of the story's router, a second after the last came: how each ended, and its simulation. */
export function endsOf(items: readonly TraceItem[], listing: string): string[] {
  const memory = new Memory();
  const document = { name: "ruleset.nft", text: listing, language: "nftables", onDisk: false } as const;
  const state = { file: "router.json", text: JSON.stringify(storyState) };
  performRulesetCall("beginTraced", { rules: { documents: [document], state }, most: 1000 }, memory);
  performRulesetCall("addTraced", { items, at: 0, filter: "" }, memory);
  performRulesetCall("addTraced", { items: [], at: 1000, filter: "" }, memory);
  const rows = performRulesetCall("tracedRows", { filter: "", from: 0, count: 1000 }, memory);
  const lines = rows.map(
    (row) => `${row.iif} ${row.packet}: ${row.tone}, ${row.ended} ${row.compared}, ${row.simulated}`,
  );
  return [...new Set(lines.map((line) => line.replace(/\.2:\d{5}/, ".2")))];
}

function packetsIn(items: readonly TraceItem[]): string[] {
  return grouped(items).flatMap(({ packet }) => (packet ? [shown(packet)] : []));
}

function rulesMet(items: readonly TraceItem[], wanted: string): string[] {
  const traces = grouped(items).filter(({ packet }) => packet && shown(packet) === wanted);
  return traces.flatMap(({ events }) =>
    events.flatMap((event) => {
      const { family, table, chain } = event;
      if (event.kind !== "rule" && event.kind !== "policy") return [];
      const place = (event.kind === "rule" ? event.handle : undefined) ?? event.position;
      return place === undefined ? [] : [`${family} ${table} ${chain} ${place}`];
    }),
  );
}

function grouped(items: readonly TraceItem[]): readonly PacketTrace[] {
  const grouper = new TraceGrouper();
  for (const item of items) if (item.kind !== "lost") grouper.add(item);
  return grouper.traces;
}

function shown({ iif, protocol, source, destination, destinationPort }: TracedPacket): string {
  const port = destinationPort === undefined || destinationPort > lastNamedPort ? "" : `:${destinationPort}`;
  return `${iif ?? "-"} ${protocol} ${source} > ${destination}${port}`;
}

/** Ports beyond are a client's, another each time. */
const lastNamedPort = 10_000;

function chainsIn(items: readonly TraceItem[]): string[] {
  return items.flatMap((item) => {
    if (item.kind !== "packet") return [];
    const hook = endOf(item);
    return [hook ? `the end of ${hook}` : `${item.family} ${item.table} ${item.chain}`];
  });
}

export function network(text: string) {
  const found = parseNetwork(text, "nftables");
  if (!found) throw new Error(`${text} is no address`);
  return found;
}

/** What a trace must leave as it was: rules without counters, settings, files of the home folders, processes. */
export function standing(machine: Machine): Standing {
  return {
    rules: rulesIn(machine),
    settings: machine.run("cat /proc/sys/net/netfilter/nf_log/2 /proc/sys/net/netfilter/nf_log/10"),
    files: machine.run(
      `find /root ${machine.folder}/home /run -newer ${machine.folder}/sshd_config | grep -v /run/sudo || true`,
    ),
    processes: machine.processes(),
  };
}

function rulesIn(machine: Machine): string {
  const tools = ["nft -s list ruleset", ...["", "6"].flatMap((six) => saves.map((save) => `ip${six}tables-${save}`))];
  return withOurTools(machine, tools.join("; "))
    .replace(/^#.*\n/gm, "")
    .replace(/^(:\S+ \S+) .*$/gm, "$1");
}

/** What a line prints that runs in a machine's network, but with this machine's tools: the other may lack some. */
export function withOurTools({ pid }: Machine, line: string): string {
  const enter = ["--target", String(pid), "--net", "--", "sh", "-c", line];
  return spawnSync("nsenter", enter, { encoding: "utf8" }).stdout;
}

const saves = ["nft-save", "legacy-save"];

export interface Standing {
  readonly rules: string;
  readonly settings: string;
  readonly files: string;
  readonly processes: readonly string[];
}

/** What the router has once it is as it was before, or still has after `ms`. To look is much work for this machine. */
export async function becomes(machine: Machine, before: Standing, ms: number): Promise<Standing> {
  const wanted = JSON.stringify(before);
  const end = Date.now() + ms;
  for (;;) {
    const now = standing(machine);
    if (JSON.stringify(now) === wanted || Date.now() > end) return now;
    await sleep(lookEveryMs);
  }
}

const lookEveryMs = 1000;

/** IPv6 beside IPv4: fd00:1::10 behind lan0, fd00:2::10 behind wan0. */
export function addIpv6({ router, lan, wan }: Lab): void {
  router.run(
    "ip addr add fd00:1::1/64 dev lan0 nodad; ip addr add fd00:2::1/64 dev wan0 nodad; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding",
  );
  lan.run("ip addr add fd00:1::10/64 dev eth0 nodad; ip route add default via fd00:1::1");
  wan.run("ip addr add fd00:2::10/64 dev eth0 nodad; ip route add default via fd00:2::1");
}

/** Sends datagrams, one for each port. */
export function sendUdp(from: Machine, to: string, ...ports: readonly number[]): void {
  for (const port of ports) from.run(`bash -c 'echo x >/dev/udp/${to}/${port}'`);
}

/** One connection to the echoing server of the wan: SYN, SYN and ACK, data both ways, FIN. */
export function talkTcp(from: Machine): void {
  from.run("bash -c 'exec 3<>/dev/tcp/203.0.113.10/80; echo hello >&3; read -t 5 answer <&3'");
}

const oldNft = `#!/bin/sh
if [ "$1" = -i ]; then echo "Error: unknown option" >&2; exit 1; fi
if [ "$*" = "-f -" ] || [ "$*" = "-c -f -" ]; then
  rules=$(cat)
  case $rules in *"flags owner"*) echo "Error: syntax error, unexpected owner" >&2; exit 1 ;; esac
  printf '%s\\n' "$rules" | /usr/sbin/nft.new "$@"
else
  exec /usr/sbin/nft.new "$@"
fi
`;

/** Puts an nft in the place of the machine's, of a lab that has programs of its own, that knows no tables with owners. */
export function makeOld(router: Machine): void {
  router.run("mv /usr/sbin/nft /usr/sbin/nft.new; cat >/usr/sbin/nft; chmod 755 /usr/sbin/nft", oldNft);
}
