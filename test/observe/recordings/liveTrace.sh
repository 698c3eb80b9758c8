set -f
t=hookscope_trace_0123abcd
seconds=60
rules='add chain inet hookscope_trace_0123abcd marked ; add rule inet hookscope_trace_0123abcd marked limit rate 20/second burst 20 packets meta nftrace set 1 comment "Hookscope traces packets for a while" ; add chain inet hookscope_trace_0123abcd prerouting { type filter hook prerouting priority -350; policy accept; } ; add rule inet hookscope_trace_0123abcd prerouting iifname "lan0" tcp dport 443 goto marked ; add rule inet hookscope_trace_0123abcd prerouting tcp sport 443 goto marked ; add chain inet hookscope_trace_0123abcd output { type filter hook output priority -350; policy accept; } ; add rule inet hookscope_trace_0123abcd output tcp sport 443 goto marked ; add chain inet hookscope_trace_0123abcd input { type filter hook input priority 2147483646; policy accept; } ; add chain inet hookscope_trace_0123abcd postrouting { type filter hook postrouting priority 2147483646; policy accept; }'
rules4='PREROUTING -i lan0 -p 6 --dport 443 -m limit --limit 20/second --limit-burst 20 -m comment --comment hookscope_trace_0123abcd -j TRACE
PREROUTING -p 6 --sport 443 -m limit --limit 20/second --limit-burst 20 -m comment --comment hookscope_trace_0123abcd -j TRACE
OUTPUT -p 6 --sport 443 -m limit --limit 20/second --limit-burst 20 -m comment --comment hookscope_trace_0123abcd -j TRACE'
rules6='PREROUTING -i lan0 -p 6 --dport 443 -m limit --limit 20/second --limit-burst 20 -m comment --comment hookscope_trace_0123abcd -j TRACE
PREROUTING -p 6 --sport 443 -m limit --limit 20/second --limit-burst 20 -m comment --comment hookscope_trace_0123abcd -j TRACE
OUTPUT -p 6 --sport 443 -m limit --limit 20/second --limit-burst 20 -m comment --comment hookscope_trace_0123abcd -j TRACE'
marks=

say() { echo "# hookscope: $*"; }
fail() { say "failed $*"; exit 3; }
pause() { sleep 0.1 2>/dev/null || sleep 1; }
has() { command -v "$1" >/dev/null 2>&1; }
born() { read -r line <"/proc/$1/stat" && set -- $line && echo "${22}"; } 2>/dev/null
same() { [ -n "$1" ] && read -r line <"/proc/$1/stat" && set -- "$2" $line && [ "$4" != Z ] && [ "${23}" = "$1" ]; } 2>/dev/null
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

listed() { nft list table inet $t; } >/dev/null 2>&1
owned() {
  said=$(printf '%s\n' "add table inet $t { flags owner; } ; $rules" | nft -f - 2>&1) || return 1
  tries=0
  while listed; do
    tries=$((tries + 1))
    if [ $tries -gt 10 ]; then
      nft delete table inet $t
      return 1
    fi
    pause
  done
}
by_owner() {
  owned || return 1
  monitor nft -a monitor trace
  undo=end_owner
  (
    trap '' HUP INT TERM PIPE
    printf '%s\n' "add table inet $t { flags owner; } ; $rules"
    outlive
  ) </dev/null 2>/dev/null | HOME=/dev/null nft -i >/dev/null 2>&1 &
  holds
  appears listed && return
  end_owner
  return 1
}
end_owner() { stop "$holder" "$holder_born"; }
by_guard() {
  said=$(printf '%s\n' "add table inet $t ; $rules" | nft -c -f - 2>&1) || return 1
  monitor nft -a monitor trace
  undo=end_guard
  (
    trap '' HUP INT TERM PIPE
    printf '%s\n' "add table inet $t ; $rules" | nft -f -
    outlive
    nft delete table inet $t
  ) </dev/null >/dev/null 2>&1 &
  holds
  appears listed || fail table
}
end_guard() { nft delete table inet $t; }

old_families() {
  [ -z "$rules4" ] || [ -z "$(cat /proc/net/ip_tables_names)" ] || echo 2
  [ -z "$rules6" ] || [ -z "$(cat /proc/net/ip6_tables_names)" ] || echo 10
} 2>/dev/null
log() {
  loggers=
  for family in "$@"; do
    case $(cat /proc/sys/net/netfilter/nf_log/$family 2>/dev/null) in
      nf_log_*) logged=yes ;;
      NONE)
        logger=$(sed -n "s/^ *$family .*(\(.*\)).*/\1/p" /proc/net/netfilter/nf_log | tr , '\n' | grep '^nf_log_')
        if [ -n "$logger" ]; then logged=yes loggers="$loggers $family=$logger"; else say note nologger $family; fi
        ;;
      *) say note otherlogger $family ;;
    esac
  done
  [ -n "$logged" ] || return 1
  say note log
  [ -e /proc/sys/net/netfilter/nf_log_all_netns ] || say note namespace
  has_new_only || last=$( (cat /dev/kmsg & sleep 1; kill -9 $!) </dev/null 2>/dev/null | tail -n 50 | last_number)
  (
    trap '' HUP INT TERM PIPE
    set_loggers
    read_log
    unset_loggers
  ) </dev/null 2>/dev/null | only_traces | only_new &
  tries=0
  until are_set || [ $tries -ge 50 ]; do
    tries=$((tries + 1))
    pause
  done
}
has_new_only() { dmesg --help 2>&1 | grep -q -e --follow-new; }
last_number() {
  found=0
  while IFS=, read -r _ number _; do
    case $number in '' | *[!0-9]*) ;; *) found=$number ;; esac
  done
  echo $found
}
set_loggers() { for one in $loggers; do echo "${one#*=}" >/proc/sys/net/netfilter/nf_log/${one%=*}; done; }
are_set() {
  for one in $loggers; do [ "$(cat /proc/sys/net/netfilter/nf_log/${one%=*})" = "${one#*=}" ] || return 1; done
}
unset_loggers() {
  for one in $loggers; do
    file=/proc/sys/net/netfilter/nf_log/${one%=*}
    [ "$(cat $file)" != "${one#*=}" ] || echo NONE >$file
  done
}
read_log() {
  n=0
  while [ $n -lt $((seconds + 5)) ] && same $$ "$me"; do
    same "$reader" "$reader_born" || {
      if has_new_only; then dmesg --follow-new & else cat /dev/kmsg & fi
      reader=$!
      reader_born=$(born $reader)
    }
    sleep 1 >/dev/null
    n=$((n + 1))
  done
  same "$reader" "$reader_born" && kill -9 $reader
}
only_traces() {
  if echo x | grep -q --line-buffered x 2>/dev/null; then grep --line-buffered 'TRACE: '; else
    while IFS= read -r line; do case $line in *"TRACE: "*) printf '%s\n' "$line" ;; esac; done
  fi
}
only_new() {
  while IFS= read -r line; do
    case $line in
      [0-9]*,[0-9]*,*)
        number=${line#*,}
        number=${number%%,*}
        [ $number -gt $last ] || continue
        last=$number
        ;;
    esac
    printf '%s\n' "$line"
  done
}
tools() {
  for four in iptables-legacy iptables; do
    six=ip6${four#ip}
    case $($four --version 2>/dev/null) in *nf_tables*) ;; iptables*) return 0 ;; esac
  done
  return 1
}
every() {
  printf '%s\n' "$2" | {
    wrong=
    while read -r chain rest; do [ -z "$chain" ] || "$1" -w -t raw $3 $chain $rest || wrong=yes; done
    [ -z "$wrong" ]
  }
}
each_rule() {
  every $four "$rules4" $1
  first=$?
  every $six "$rules6" $1 && [ $first = 0 ]
}
present() { each_rule -C; }
by_iptables() {
  tools || fail program
  [ -z "$marks" ] || fail mark
  [ -z "$rules4" ] || grep -qsx raw /proc/net/ip_tables_names || { rules4=; say note noraw 4; }
  [ -z "$rules6" ] || grep -qsx raw /proc/net/ip6_tables_names || { rules6=; say note noraw 6; }
  [ -n "$rules4$rules6" ] || fail raw
  log $(old_families) || fail log
  say way legacy
  undo=end_iptables
  (
    trap '' HUP INT TERM PIPE
    each_rule -I
    outlive
    end_iptables
  ) </dev/null >/dev/null 2>&1 &
  holds
  appears present || { present >/dev/null; fail rules; }
}
end_iptables() { each_rule -D; }

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
    printf '%s\n' "$said" >&2
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
