import { expect, test } from "vitest";
import type { Command } from "../../netfilter/observe/command.js";
import { isPermitted, isPermittedChange, permitted, permittedChanges } from "../../netfilter/observe/permitted.js";
import { liveTrace } from "../../netfilter/observe/trace/live.js";
import { usualTraceLimits } from "../../netfilter/observe/trace/livePattern.js";
import type { TraceOrder } from "../../netfilter/observe/trace/liveScript.js";

test("these and no other commands are sent, and each only reads", () => {
  const lines = permitted.map(({ id, argv, root }) => `${id}${root ? " #" : " $"} ${argv.map(shown).join(" ")}`);
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "conntrack.file # cat /proc/net/nf_conntrack
    conntrack.list # conntrack -L -o extended,id
    conntrack.unconfirmed # conntrack -L unconfirmed -o extended,id
    conntrack.dying # conntrack -L dying -o extended,id
    conntrack.events # conntrack -E -o timestamp,extended,id
    conntrack.stats # conntrack -S
    conntrack.statsFile $ cat /proc/net/stat/nf_conntrack
    conntrack.count $ cat /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max
    nft.hooks # nft list hooks
    nft.arpHooks # nft list hooks arp
    bpftrace.hooks # bpftrace -e PROGRAM
    bpftrace.deviceHooks # bpftrace -e PROGRAM
    nft.ruleset # nft -a list ruleset
    nft.tables # nft list tables
    iptables.save # iptables-save -c
    ip6tables.save # ip6tables-save -c
    iptables.legacySave # iptables-legacy-save -c
    ip6tables.legacySave # ip6tables-legacy-save -c
    ipset.save # ipset save
    ip.addr $ ip addr
    ip.rule4 $ ip -4 rule
    ip.rule6 $ ip -6 rule
    ip.route4 $ ip -4 route show table all
    ip.route6 $ ip -6 route show table all
    ip.tables $ grep -rhs '' /usr/share/iproute2/rt_tables /etc/iproute2/rt_tables /etc/iproute2/rt_tables.d
    kernel.sysctls $ grep -Hs '' /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/fwmark_reflect /proc/sys/net/ipv4/tcp_fwmark_accept /proc/sys/net/netfilter/nf_conntrack_max /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_buckets /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_time_wait /proc/sys/net/netfilter/nf_conntrack_udp_timeout /proc/sys/net/netfilter/nf_conntrack_udp_timeout_stream /proc/sys/net/netfilter/nf_conntrack_generic_timeout /proc/sys/net/netfilter/nf_conntrack_icmp_timeout /proc/sys/net/netfilter/nf_conntrack_tcp_loose /proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal /proc/sys/net/netfilter/nf_conntrack_checksum /proc/sys/net/netfilter/nf_conntrack_log_invalid /proc/sys/net/netfilter/nf_conntrack_acct /proc/sys/net/netfilter/nf_conntrack_events /proc/sys/net/netfilter/nf_conntrack_timestamp /proc/sys/net/netfilter/nf_conntrack_helper /proc/sys/net/netfilter/nf_log_all_netns /proc/sys/net/netfilter/nf_log/2 /proc/sys/net/netfilter/nf_log/10 /proc/sys/net/bridge/bridge-nf-call-iptables /proc/sys/net/bridge/bridge-nf-call-ip6tables /proc/sys/net/bridge/bridge-nf-call-arptables /proc/sys/kernel/osrelease
    kernel.interfaceSysctls $ grep -rHs '' /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf
    kernel.modules $ cat /proc/modules
    kernel.log # dmesg
    kernel.journal # journalctl -k -b -o short-monotonic --no-pager
    kernel.logread # logread
    kernel.logFollow # cat /dev/kmsg
    trace.nft # nft -a monitor trace
    trace.xtables # xtables-monitor --trace"
  `);
});

test("every command has its own id and a title", () => {
  expect(new Set(permitted.map(({ id }) => id)).size).toBe(permitted.length);
  expect(permitted.filter(({ title }) => !/^[a-zA-Z].{5,}[^.]$/.test(title))).toEqual([]);
});

test("bpftrace's programs only print: they write no memory, start no program and change no packet", () => {
  const programs = permitted.filter(({ argv }) => argv[0] === "bpftrace").map(({ argv }) => argv[2] as string);
  expect(programs).toHaveLength(2);
  for (const program of programs) {
    expect(program).not.toMatch(/system|override|signal|unsafe|cat\(|join\(|kprobe|uprobe|tracepoint|write/);
    expect(program.match(/^[a-z]+(?= \{)|^BEGIN/gm)?.[0]).toBe("BEGIN");
  }
});

test("a command that looks like one of the list is not one of it", () => {
  const [first] = permitted;
  expect(first && isPermitted(first)).toBe(true);
  expect(first && isPermitted({ ...first, argv: ["reboot"] })).toBe(false);
});

const order: TraceOrder = {
  name: "hookscope_trace_0123abcd",
  pattern: { iif: "lan0", protocol: 6, dport: 443, replies: true },
  limits: usualTraceLimits,
};

function traceCommand(changed: Partial<TraceOrder> = {}) {
  const command = liveTrace({ ...order, ...changed });
  if (!command) throw new Error("no command was made");
  return command;
}

test("one kind of command changes a router, and none that reads does", () => {
  expect(permittedChanges.map(({ id }) => id)).toEqual(["trace.live"]);
  const command = traceCommand();
  expect([isPermittedChange(command), isPermitted(command)]).toEqual([true, false]);
  expect(permitted.filter(isPermittedChange)).toEqual([]);
});

test("a command that changes a router is what its order makes, word for word", async () => {
  const command = traceCommand();
  expect(command.argv).toEqual(["sh", "-s"]);
  await expect(command.stdin).toMatchFileSnapshot("recordings/liveTrace.sh");
  const forged: readonly Partial<Command<unknown> & { order: unknown }>[] = [
    { stdin: `${command.stdin}reboot\n` },
    { argv: ["sh", "-c", "reboot"] },
    { root: false },
    { id: "trace.other" },
    { order: undefined },
    { order: { ...order, name: "hookscope_trace_99999999" } },
    { order: { ...order, name: "x; reboot" } },
    { order: { ...order, limits: { ...usualTraceLimits, seconds: 601 } } },
  ];
  for (const change of forged) expect([change, isPermittedChange({ ...command, ...change })]).toEqual([change, false]);
});

/** The programs of bpftrace are held by their own test. */
function shown(word: string): string {
  return word.includes("\n") ? "PROGRAM" : word === "" ? "''" : word;
}
