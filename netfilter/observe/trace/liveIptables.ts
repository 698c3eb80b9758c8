/**
 * Part of the script of a live trace: what concerns iptables.
 *
 * Tables of old iptables tell of marked packets, whoever marked them, in the kernel log alone, and there only if their protocol
 * family has a logger: one that is missing is set and taken back. Only what is new in the log counts. Where dmesg cannot begin
 * there, the log's last number is found by reading for a second, for a reader of /dev/kmsg never comes to an end; it has to be
 * killed.
 *
 * Without nft, rules with the target TRACE mark packets, at the top of old iptables' table raw. That must be there already, for
 * what makes it could not be taken away again. So it is with the chains that iptables-nft makes, which is therefore not used:
 * nft serves its rules.
 */
export const tracingByIptables = `
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
        logger=$(sed -n "s/^ *$family .*(\\(.*\\)).*/\\1/p" /proc/net/netfilter/nf_log | tr , '\\n' | grep '^nf_log_')
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
set_loggers() { for one in $loggers; do echo "\${one#*=}" >/proc/sys/net/netfilter/nf_log/\${one%=*}; done; }
are_set() {
  for one in $loggers; do [ "$(cat /proc/sys/net/netfilter/nf_log/\${one%=*})" = "\${one#*=}" ] || return 1; done
}
unset_loggers() {
  for one in $loggers; do
    file=/proc/sys/net/netfilter/nf_log/\${one%=*}
    [ "$(cat $file)" != "\${one#*=}" ] || echo NONE >$file
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
    while IFS= read -r line; do case $line in *"TRACE: "*) printf '%s\\n' "$line" ;; esac; done
  fi
}
only_new() {
  while IFS= read -r line; do
    case $line in
      [0-9]*,[0-9]*,*)
        number=\${line#*,}
        number=\${number%%,*}
        [ $number -gt $last ] || continue
        last=$number
        ;;
    esac
    printf '%s\\n' "$line"
  done
}
tools() {
  for four in iptables-legacy iptables; do
    six=ip6\${four#ip}
    case $($four --version 2>/dev/null) in *nf_tables*) ;; iptables*) return 0 ;; esac
  done
  return 1
}
every() {
  printf '%s\\n' "$2" | {
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
`;
