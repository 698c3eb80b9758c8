/**
 * Part of the script of a live trace: packets are marked by a table of nft's, best one with an owner, which the kernel removes
 * with the process that made it, however that ends. Whether nft and kernel have such is tried with the table itself. HOME is
 * changed, for nft would keep a history of what it was told.
 */
export const tracingByNft = `
listed() { nft list table inet $t; } >/dev/null 2>&1
owned() {
  said=$(printf '%s\\n' "add table inet $t { flags owner; } ; $rules" | nft -f - 2>&1) || return 1
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
    printf '%s\\n' "add table inet $t { flags owner; } ; $rules"
    outlive
  ) </dev/null 2>/dev/null | HOME=/dev/null nft -i >/dev/null 2>&1 &
  holds
  appears listed && return
  end_owner
  return 1
}
end_owner() { stop "$holder" "$holder_born"; }
by_guard() {
  said=$(printf '%s\\n' "add table inet $t ; $rules" | nft -c -f - 2>&1) || return 1
  monitor nft -a monitor trace
  undo=end_guard
  (
    trap '' HUP INT TERM PIPE
    printf '%s\\n' "add table inet $t ; $rules" | nft -f -
    outlive
    nft delete table inet $t
  ) </dev/null >/dev/null 2>&1 &
  holds
  appears listed || fail table
}
end_guard() { nft delete table inet $t; }
`;
