# The router's addresses, routes and settings: three lines to the internet, one table of routes for each.
set -e
modes="net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.netfilter.nf_conntrack_acct=1
net.netfilter.nf_conntrack_tcp_timeout_established=86400 net.netfilter.nf_conntrack_log_invalid=255 net.ipv4.conf.all.log_martians=1"
ip link set ppp0 mtu 1492
for device in lan0 eth0 eth1 ppp0; do ip link set $device txqueuelen 1000; done
ip addr add 2001:db8:17::1/64 dev lan0 nodad
ip addr add 2001:db8:17:10::1/64 dev lan0 nodad
ip addr add 2001:db8:a::2/64 dev eth0 nodad
ip addr add 2001:db8:b::2/64 dev eth1 nodad
ip addr add 2001:db8:c::2/64 dev ppp0 nodad
printf '255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n48\tline_a\n49\tline_b\n54\tpppoe\n' >/run/rt_tables
mount --bind /run/rt_tables /etc/iproute2/rt_tables
ip route add default via 10.0.0.1 dev eth0 table 48
ip route add default via 10.0.1.1 dev eth1 table 49
ip route add default via 10.250.193.1 dev ppp0 table 54
ip route add default via 10.0.0.1 dev eth0
ip route add blackhole 192.168.0.0/16
ip -6 route add default via 2001:db8:a::1 dev eth0 table 48
ip -6 route add default via 2001:db8:b::1 dev eth1 table 49
ip -6 route add default via 2001:db8:c::1 dev ppp0 table 54
ip -6 route add default via 2001:db8:a::1 dev eth0
for family in -4 -6; do
	ip $family rule add priority 100 lookup main suppress_prefixlength 0
	ip $family rule add priority 1000 fwmark 0x30/0xff lookup 48
	ip $family rule add priority 1001 fwmark 0x31/0xff lookup 49
	ip $family rule add priority 1002 fwmark 0x36/0xff lookup 54
done
ip rule add priority 2000 to 192.0.2.128/25 prohibit
for mode in $modes; do echo "${mode#*=}" >/proc/sys/$(echo "${mode%%=*}" | tr . /); done
for device in all default lan0 eth0 eth1 ppp0; do echo 0 >/proc/sys/net/ipv4/conf/$device/rp_filter; done
echo nf_log_ipv4 >/proc/sys/net/netfilter/nf_log/2
