import type { Exit, Failure } from "../command.js";
import { quoted } from "../failure.js";
import type { TraceWay } from "./liveReader.js";

/** What a person is told of the way in which a router traces. */
export const traceWays: ReadonlyMap<TraceWay, string> = new Map([
  ["owner", "The trace's table goes with the process that made it: the kernel removes it."],
  [
    "guard",
    "This router's nft or kernel knows no tables that go with their process: another process on the router removes the trace's table.",
  ],
  [
    "legacy",
    "There is no nft on this router: rules in the table raw of old iptables mark packets, and a process removes them.",
  ],
]);

/** A note of the script in words, `family` as the kernel numbers them; undefined for one that is not known. */
export function traceNote(word: string, family: string | undefined): string | undefined {
  return notes[word]?.(family === "10" || family === "6" ? "IPv6" : "IPv4");
}

const hidden = (ip: string) => `What packets of ${ip} meet in tables of old iptables is not shown:`;

const notes: Readonly<Record<string, (ip: string) => string>> = {
  log: () =>
    "Rules of old iptables are shown as the kernel's log has them: by position and without verdicts. These lines stay in the log.",
  namespace: () =>
    "This router is a network namespace, such as a container, for which the kernel logs only where net.netfilter.nf_log_all_netns is 1 on its host.",
  nologger: (ip) =>
    `${hidden(ip)} the kernel has no logger for them. Load one on the router (modprobe nf_log_syslog, before Linux 5.13 nf_log_ipv4 or nf_log_ipv6) and start again.`,
  otherlogger: (ip) => `${hidden(ip)} the kernel hands its lines to another program, as net.netfilter.nf_log says.`,
  noraw: (ip) =>
    `Packets of ${ip} are not marked: iptables has no table raw for them, and one that was made for the trace would stay.`,
};

type Cause = readonly [reason: Failure["reason"], message: string];

/** A message without a full stop is followed by what the tool said. */
const causes: Readonly<Record<string, Cause>> = {
  program: [
    "missing",
    "There is no `nft` on the router, which traces packets through nftables' and iptables-nft's rules, or it is not in the search path; nor is there old iptables. Install nftables there.",
  ],
  shell: [
    "missing",
    "There is no `sh` on the router that could run the trace. The demo router runs nothing, so its packets cannot be traced.",
  ],
  refused: ["unsupported", "nft on the router refuses the trace's table"],
  monitor: ["failed", "The monitor of traces on the router does not start to listen"],
  table: ["failed", "nft on the router took the trace's table, but it is not there"],
  rules: ["failed", "iptables on the router did not take the trace's rules"],
  raw: [
    "unsupported",
    "There is no `nft` on the router, and old iptables has no table raw there, in which packets are marked. Install nftables; or run `iptables -t raw -L` there once, which makes the table, and start again.",
  ],
  mark: [
    "unsupported",
    "There is no `nft` on the router, and iptables' table raw comes before the rules that set marks: leave the mark out, or install nftables.",
  ],
  log: [
    "unsupported",
    "There is no `nft` on the router, and old iptables tells of traced packets in the kernel's log alone, for which no logger is loaded there: load one (modprobe nf_log_syslog, before Linux 5.13 nf_log_ipv4), or install nftables.",
  ],
  ended: [
    "failed",
    "The monitor on the router ended before its time; somebody may have stopped it. What marked packets is gone as well. Start again.",
  ],
  gone: [
    "failed",
    "Somebody removed the trace's table or rules from the router, perhaps by loading all rules anew, so packets were no longer traced. Start again.",
  ],
};

/** Why a trace failed: the cause that the script named, and what a tool said about it. */
export function traceFailure(cause: string | undefined, { code, stderr }: Exit): Failure {
  const [reason, message] = causes[cause ?? (code === 127 ? "shell" : "")] ?? [
    "failed",
    `The trace ended with exit status ${code}`,
  ];
  if (message.endsWith(".")) return { reason, message };
  const line = stderr.split("\n").find((each) => each.trim() !== "");
  const said = line === undefined ? "" : `: ${quoted(line)}`;
  if (!/not permitted|permission denied|must be root/i.test(stderr)) return { reason, message: `${message}${said}.` };
  return { reason: "notPermitted", message: `${message}${said}. Log in as root, or let the account use sudo for sh.` };
}
