import { tracingByIptables } from "./liveIptables.js";
import { tracingByNft } from "./liveNft.js";
import type { TraceLimits, TracePattern } from "./livePattern.js";
import { iptablesRules, nftRules } from "./liveRules.js";

/** A live trace as it is asked of a router: from this alone its command is made. */
export interface TraceOrder {
  readonly pattern: TracePattern;
  readonly limits: TraceLimits;
  /** Of its table, and the comment of its rules in iptables: `hookscope_trace_` and eight hexadecimal digits, new each time. */
  readonly name: string;
}

/** Lines of the script about itself begin so; those of the monitors never do. */
export const noticeStart = "# hookscope: ";

/**
 * The script that traces: it finds out what the router has, starts the monitor, waits until that listens, marks packets, and
 * takes everything away again when its time is up, when it is told to end, or when something under it ended. A process that
 * outlives it does the same where it was killed. Only POSIX sh; no files. Every word in it that is not from here was written
 * by `liveRules.ts`.
 */
export function traceScript({ pattern, limits, name }: TraceOrder): string {
  return `set -f
t=${name}
seconds=${limits.seconds}
rules='${nftRules(name, pattern, limits)}'
rules4='${iptablesRules(name, pattern, limits, "ipv4").join("\n")}'
rules6='${iptablesRules(name, pattern, limits, "ipv6").join("\n")}'
marks=${pattern.mark === undefined ? "" : "yes"}
${common}${tracingByNft}${tracingByIptables}${main}`;
}

/**
 * A process is told from a later one of the same number by the time of its birth. `outlive` is run by the process that stays
 * when the script is killed: it ends within a second or two of the script, or shortly after the script's time.
 */
const common = `
say() { echo "${noticeStart}$*"; }
fail() { say "failed $*"; exit 3; }
pause() { sleep 0.1 2>/dev/null || sleep 1; }
has() { command -v "$1" >/dev/null 2>&1; }
born() { read -r line <"/proc/$1/stat" && set -- $line && echo "\${22}"; } 2>/dev/null
same() { [ -n "$1" ] && read -r line <"/proc/$1/stat" && set -- "$2" $line && [ "$4" != Z ] && [ "\${23}" = "$1" ]; } 2>/dev/null
stop() { same "$1" "$2" && kill "$1"; } 2>/dev/null
me=$(born $$)
parent=$(born $PPID)
holds() {
  holder=$!
  holder_born=$(born $holder)
}
outlive() {
  n=0
  while [ $n -lt $((seconds + 5)) ] && same $$ "$me"; do sleep 1; n=$((n + 1)); done </dev/null >/dev/null 2>&1
  stop "$monitor" "$monitor_born"
}
# Waits until something is there, as long as the process that makes it lives.
appears() {
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    same $holder "$holder_born" && [ $tries -lt 50 ] || return 1
    pause
  done
}
# Whether a process hears the kernel's traces: bit 8 of its netlink groups.
hears() {
  while read -r _ protocol _ groups _ _ _ _ _ inode _; do
    case "$protocol $groups" in
      "12 "?????[13579bdf]??) case $(ls -l "/proc/$1/fd") in *"socket:[$inode]"*) return 0 ;; esac ;;
    esac
  done </proc/net/netlink
  return 1
} 2>/dev/null
monitor() {
  [ -z "$monitor" ] || return 0
  "$@" </dev/null &
  monitor=$!
  monitor_born=$(born $monitor)
  tries=0
  until hears $monitor; do
    tries=$((tries + 1))
    same $monitor "$monitor_born" && [ $tries -lt 50 ] || fail monitor
    pause
  done
}
clean() {
  trap '' HUP INT TERM PIPE
  trap - EXIT
  stop "$monitor" "$monitor_born"
  $undo
  unset_loggers
} >/dev/null 2>&1
`;

/**
 * Each second it looks whether all is still there: a trace that shows nothing must not be one that cannot. Its parent ends it when
 * the connection is gone, and must be there to do so.
 */
const main = `
undo=:
trap clean EXIT
trap 'exit 143' HUP INT TERM PIPE
if has nft; then
  old=$(old_families)
  [ -z "$old" ] || log $old
  if by_owner; then
    say way owner
    standing=:
  elif by_guard; then
    say way guard
    standing=listed
  else
    printf '%s\\n' "$said" >&2
    fail refused
  fi
else
  by_iptables
  standing=present
fi
say listening
n=0
while [ $n -lt $seconds ]; do
  sleep 1 </dev/null >/dev/null 2>&1 &
  wait $!
  n=$((n + 1))
  same $PPID "$parent" || exit 3
  [ -z "$monitor" ] || same $monitor "$monitor_born" || fail ended
  same $holder "$holder_born" && $standing >/dev/null 2>&1 || fail gone
done
clean
say time
`;
