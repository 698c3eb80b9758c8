/** Story 000: a chain marks and accepts, and the rule behind it that saves the mark is never met. */
export const storyRules = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A POSTROUTING -o eth0 -j MASQUERADE
-A POSTROUTING -o ppp0 -j MASQUERADE
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:iBugOptimized - [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark ! --mark 0x0 -j ACCEPT
-A PREROUTING -s 172.17.0.2/32 -j iBugOptimized
-A PREROUTING -m mark --mark 0x0/0xff -j MARK --set-xmark 0x30/0xff
-A PREROUTING -j CONNMARK --save-mark
-A iBugOptimized -j MARK --set-xmark 0x36/0xff
-A iBugOptimized -j ACCEPT
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i lan0 -j ACCEPT
COMMIT
`;

/** The router of the story: two lines, picked by the mark. */
export const storyState = {
  interfaces: [
    { ifname: "lo", link_type: "loopback", addr_info: [{ local: "127.0.0.1", prefixlen: 8 }] },
    { ifname: "lan0", addr_info: [{ local: "172.17.0.1", prefixlen: 16 }] },
    { ifname: "eth0", addr_info: [{ local: "10.0.0.2", prefixlen: 24 }] },
    { ifname: "ppp0", link_type: "ppp", addr_info: [{ local: "10.250.193.4", prefixlen: 32 }] },
  ],
  routes: [
    { dst: "172.17.0.0/16", dev: "lan0" },
    { dst: "10.0.0.0/24", dev: "eth0" },
    { dst: "default", gateway: "10.0.0.1", dev: "eth0", table: 48 },
    { dst: "default", dev: "ppp0", table: 54 },
  ],
  rules: [
    { priority: 0, table: "local" },
    { priority: 100, table: "main" },
    { priority: 1000, fwmark: "0x30", fwmask: "0xff", table: 48 },
    { priority: 1002, fwmark: "0x36", fwmask: "0xff", table: 54 },
  ],
  sysctls: { "net.ipv4.ip_forward": 1, "net.ipv4.conf.all.rp_filter": 0 },
};
