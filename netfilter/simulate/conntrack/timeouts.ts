/** Seconds that an entry lives on without another packet: the kernel's defaults, by the sysctl that changes them. */
const defaults: Readonly<Record<string, number>> = {
  tcp_timeout_syn_sent: 120,
  tcp_timeout_syn_recv: 60,
  tcp_timeout_established: 432000,
  tcp_timeout_fin_wait: 120,
  tcp_timeout_close_wait: 60,
  tcp_timeout_last_ack: 30,
  tcp_timeout_time_wait: 120,
  tcp_timeout_close: 10,
  tcp_timeout_syn_sent2: 120,
  tcp_timeout_unacknowledged: 300,
  udp_timeout: 30,
  udp_timeout_stream: 120,
  icmp_timeout: 30,
  icmpv6_timeout: 30,
  generic_timeout: 600,
};

/** Looks a timeout up by the last part of its sysctl's name: `tcp_timeout_established`. */
export function timeoutOf(name: string, sysctls: Readonly<Record<string, string>>): number {
  const set = sysctls[`net.netfilter.nf_conntrack_${name}`];
  return set !== undefined && /^\d+$/.test(set) ? Number(set) : (defaults[name] as number);
}
