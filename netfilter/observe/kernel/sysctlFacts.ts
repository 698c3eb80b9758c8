/** A setting of the kernel that decides what becomes of packets or of conntrack's entries. */
export interface SysctlFact {
  /** With dots; `*` stands for an interface, `all` or `default`. */
  readonly name: string;
  readonly doc: string;
  /** The kernel's own default; absent where it depends on memory or version. */
  readonly usual?: string;
  /** Says what is remarkable about a value; undefined for one that is not. */
  readonly remark?: (value: string) => string | undefined;
}

const seconds = (value: string) => Number(value);
const off = (text: string) => (value: string) => (value === "0" ? text : undefined);
const on = (text: string) => (value: string) => (value === "0" ? undefined : text);
const ct = "net.netfilter.nf_conntrack_";

/** The settings that are read, in the order in which they are shown. */
export const sysctlFacts: readonly SysctlFact[] = [
  {
    name: "net.ipv4.ip_forward",
    doc: "Whether packets for others are forwarded. The same as `forwarding` of all interfaces.",
    usual: "0",
    remark: off("This machine does not forward IPv4: no packet reaches the forward hook."),
  },
  {
    name: "net.ipv6.conf.*.forwarding",
    doc: "Whether IPv6 packets for others are forwarded; `all` decides, and also stops the interface from taking router advertisements unless `accept_ra` is 2.",
    usual: "0",
  },
  {
    name: "net.ipv4.conf.*.forwarding",
    doc: "Whether packets that come in here are forwarded.",
    usual: "0",
  },
  {
    name: "net.ipv4.conf.*.rp_filter",
    doc: "Reverse path filter: 1 drops a packet whose answer would leave by another interface, 2 only one whose source has no route at all. The larger of the interface's value and that of `all` counts. The drop is silent unless `log_martians` is on.",
    remark: (value) =>
      value === "1"
        ? "Strict: with policy routing or more than one uplink it drops packets whose answer would take another way."
        : undefined,
  },
  {
    name: "net.ipv4.conf.*.src_valid_mark",
    doc: "Whether the reverse path filter uses the packet's mark for its look-up, as policy routing by mark needs.",
    usual: "0",
  },
  {
    name: "net.ipv4.conf.*.log_martians",
    doc: "Whether packets with impossible addresses, and those that the reverse path filter drops, are written to the kernel log.",
    usual: "0",
  },
  {
    name: "net.ipv4.conf.*.route_localnet",
    doc: "Whether 127.0.0.0/8 may come from and go to the network; DNAT to 127.0.0.1 from outside needs it.",
    usual: "0",
    remark: on("Programs that listen on 127.0.0.1 can be reached from the network unless rules forbid it."),
  },
  {
    name: "net.ipv4.conf.*.accept_local",
    doc: "Whether packets with one of this machine's own addresses as source are taken from outside.",
    usual: "0",
    remark: on("Packets that come in with this machine's own source addresses are taken."),
  },
  {
    name: "net.ipv4.conf.*.send_redirects",
    doc: "Whether hosts are told of a better next router; one that obeys goes past this one.",
    usual: "1",
  },
  {
    name: "net.ipv4.conf.*.arp_ignore",
    doc: "For which addresses ARP questions are answered: 0 for every address of the machine on every interface.",
    usual: "0",
  },
  {
    name: "net.ipv4.conf.*.proxy_arp",
    doc: "Whether ARP questions for hosts behind other interfaces are answered.",
    usual: "0",
    remark: on("This machine answers ARP for hosts that it can route to."),
  },
  {
    name: "net.ipv4.fwmark_reflect",
    doc: "Whether answers that the kernel makes itself (RST, ICMP errors) carry the mark of the packet that they answer.",
    usual: "0",
  },
  {
    name: "net.ipv4.tcp_fwmark_accept",
    doc: "Whether an accepted TCP connection keeps the mark of its first packet.",
    usual: "0",
  },
  {
    name: "net.ipv6.conf.*.accept_ra",
    doc: "Whether router advertisements are taken: 1 only while not forwarding, 2 always.",
    usual: "1",
  },
  {
    name: "net.ipv6.conf.*.disable_ipv6",
    doc: "Whether IPv6 is off.",
    usual: "0",
    remark: on("IPv6 is off here."),
  },
  {
    name: `${ct}max`,
    doc: 'How many conntrack entries there may be. At the limit packets of new connections are dropped, with "table full" in the kernel log.',
  },
  { name: `${ct}count`, doc: "How many conntrack entries there are." },
  {
    name: `${ct}buckets`,
    doc: "Size of conntrack's hash table. With many more entries than buckets every look-up gets slower.",
  },
  {
    name: `${ct}tcp_timeout_established`,
    doc: "Seconds after which an idle established TCP connection is forgotten. A change does not touch entries that are there already.",
    usual: "432000",
    remark: (value) =>
      seconds(value) < 7440
        ? "Shorter than the two hours and four minutes that RFC 5382 asks for: idle connections whose programs rely on TCP keepalive break."
        : undefined,
  },
  {
    name: `${ct}tcp_timeout_time_wait`,
    doc: "Seconds for which a closed TCP connection is kept.",
    usual: "120",
  },
  {
    name: `${ct}udp_timeout`,
    doc: "Seconds after which a UDP flow with packets in one direction is forgotten.",
    usual: "30",
  },
  {
    name: `${ct}udp_timeout_stream`,
    doc: "Seconds after which a UDP flow with packets in both directions is forgotten.",
    usual: "120",
    remark: (value) =>
      seconds(value) < 60 ? "So short that NAT forgets QUIC and VPN flows between their keepalives." : undefined,
  },
  {
    name: `${ct}generic_timeout`,
    doc: "Seconds after which flows of protocols without a tracker are forgotten.",
    usual: "600",
  },
  {
    name: `${ct}icmp_timeout`,
    doc: "Seconds after which an ICMP exchange is forgotten.",
    usual: "30",
  },
  {
    name: `${ct}tcp_loose`,
    doc: "Whether a connection may be taken up in its middle. Needed after a restart of the router; with 0 such packets are invalid.",
    usual: "1",
    remark: off("Connections that are older than the router's table, or whose entry was lost, are invalid and break."),
  },
  {
    name: `${ct}tcp_be_liberal`,
    doc: "Whether TCP segments outside of the window are let through as valid.",
    usual: "0",
    remark: on("Segments outside of the window count as valid: fewer wrong drops, fewer right ones."),
  },
  {
    name: `${ct}checksum`,
    doc: "Whether packets that come in with a wrong checksum are invalid.",
    usual: "1",
  },
  {
    name: `${ct}log_invalid`,
    doc: "Protocol whose invalid packets are written to the log: 255 for all, 0 for none.",
    usual: "0",
  },
  {
    name: `${ct}acct`,
    doc: "Whether packets and bytes of connections are counted. Only connections made after the change have counters.",
    usual: "0",
  },
  {
    name: `${ct}events`,
    doc: "Whether listeners are told of changes: 1 always, 2 (since Linux 5.19) only for entries made while somebody listens.",
  },
  {
    name: `${ct}timestamp`,
    doc: "Whether entries know when they were made.",
    usual: "0",
  },
  {
    name: `${ct}helper`,
    doc: "Whether helpers (FTP, SIP ...) are given to connections by port alone. Linux 6.0 and newer no longer have it: rules give helpers.",
    usual: "0",
    remark: on("A sender can make a helper open ports by what it says; give helpers by rules instead."),
  },
  {
    name: "net.netfilter.nf_log_all_netns",
    doc: "Whether rules in other network namespaces may write to the kernel log.",
    usual: "0",
  },
  {
    name: "net.netfilter.nf_log.2",
    doc: "Who writes down IPv4 packets for log rules and TRACE; NONE means that nobody does and old iptables' TRACE stays silent.",
  },
  {
    name: "net.netfilter.nf_log.10",
    doc: "Who writes down IPv6 packets for log rules and TRACE.",
  },
  {
    name: "net.bridge.bridge-nf-call-iptables",
    doc: "Whether bridged IPv4 packets go through IP's chains; there while `br_netfilter` is loaded.",
    usual: "1",
    remark: on("Traffic that a bridge switches passes IP's chains too, and rules for routed traffic block it."),
  },
  {
    name: "net.bridge.bridge-nf-call-ip6tables",
    doc: "The same for IPv6.",
    usual: "1",
    remark: on("IPv6 traffic that a bridge switches passes IP's chains too."),
  },
  {
    name: "net.bridge.bridge-nf-call-arptables",
    doc: "The same for ARP.",
    usual: "1",
  },
  { name: "kernel.osrelease", doc: "The kernel's version." },
];
