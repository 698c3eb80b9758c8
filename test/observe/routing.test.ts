import { describe, expect, test } from "vitest";
import { ipAddresses, isFromBusybox } from "../../netfilter/observe/routing/interfaces.js";
import { ip6Routes, ipRoutes, type Route } from "../../netfilter/observe/routing/routes.js";
import { ip6Rules, ipRules, type PolicyRule } from "../../netfilter/observe/routing/rules.js";
import { routeTables } from "../../netfilter/observe/routing/tables.js";
import { formatAddress, formatNetwork } from "../../netfilter/packet/address.js";
import { own, read, recording, value } from "./recordings.js";

describe("policy rules", () => {
  test.each<[string, string]>([
    ["0:\tfrom all lookup local", "0 lookup local"],
    ["32766:  from all lookup main ", "32766 lookup main"],
    ["900:\tfrom all lookup main suppress_prefixlength 0", "900 lookup main suppressPrefixLength=0"],
    ["1000:\tfrom all fwmark 0x30/0xff lookup uplinkA", '1000 lookup uplinkA fwmark={"value":48,"mask":255}'],
    ["1001:\tfrom all fwmark 0x36 lookup 200", '1001 lookup 200 fwmark={"value":54,"mask":4294967295}'],
    ["1002:\tfrom 192.168.7.9 iif lan0 lookup uplinkB", '1002 lookup uplinkB from=192.168.7.9/32 iif="lan0"'],
    ["1003:\tfrom all to 192.0.2.200 blackhole", "1003 blackhole to=192.0.2.200/32"],
    [
      "10:\tnot from 10.0.0.0/8 fwmark 0xca6c lookup 51820 proto static",
      '10 not lookup 51820 from=10.0.0.0/8 fwmark={"value":51820,"mask":4294967295}',
    ],
    [
      "5:\tfrom all to 10.0.0.0/8 oif eth0 ipproto tcp sport 10-20 dport 443 uidrange 1000-2000 tos 0x10 goto 100",
      '5 goto to=10.0.0.0/8 oif="eth0" ipproto="tcp" sport={"from":10,"to":20} dport={"from":443,"to":443} uidrange={"from":1000,"to":2000} tos=16',
    ],
    ["1000:\tfrom all lookup [l3mdev-table]", "1000 l3mdev"],
    ["7:\tfrom all tun_id 5 lookup main", '7 lookup main unknown=["tun_id","5"]'],
    ["8:\tfrom all iif ppp0 [detached] lookup 5", '8 lookup 5 iif="ppp0" unknown=["[detached]"]'],
    ["9:\tfrom all lookup main suppress_ifgroup default", '9 lookup main suppressInterfaceGroup="default"'],
    ["11:\tfrom all unreachable", "11 unreachable"],
  ])("%s", (line, expected) => {
    expect(value(ipRules, `${line}\n`).map(ruleText)).toEqual([expected]);
  });

  test("of IPv6", () => {
    expect(value(ip6Rules, "5:\tfrom fd07::/64 lookup 7\n").map(ruleText)).toEqual(["5 lookup 7 from=fd07::/64"]);
    expect(value(ip6Rules, recording("vm/tx612/ip-6-rule.txt")).map(ruleText)).toEqual([
      "0 lookup local",
      "32766 lookup main",
    ]);
  });

  test.each(["bw61", "bw612", "tx612"])("of %s, nothing left over", (machine) => {
    const rules = value(ipRules, recording(`vm/${machine}/ip-rule.txt`));
    expect(rules.length).toBe(8);
    expect(rules.flatMap(({ unknown }) => unknown)).toEqual([]);
  });

  test("what is none", () => {
    expect(read(ipRules, "Object is unknown\n")).toMatchObject({ failure: { reason: "garbled" } });
  });
});

describe("routes", () => {
  test.each<[string, string]>([
    ["default via 198.51.100.1 dev wan1 table uplinkA ", "uplinkA unicast 0.0.0.0/0 via 198.51.100.1 dev wan1"],
    ["10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15 ", "main unicast 10.0.2.0/24 dev eth0 src 10.0.2.15"],
    ["192.0.2.0/24 dev eth0 scope link  src 192.0.2.2 ", "main unicast 192.0.2.0/24 dev eth0 src 192.0.2.2"],
    [
      "local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1",
      "local local 127.0.0.1/32 dev lo src 127.0.0.1",
    ],
    ["blackhole 10.99.0.0/16 metric 5", "main blackhole 10.99.0.0/16 metric 5"],
    ["unreachable default metric 4294967295 error -101", "main unreachable 0.0.0.0/0 metric 4294967295"],
    [
      "10.5.0.0/16 via inet6 fe80::1 dev wan1 onlink linkdown",
      "main unicast 10.5.0.0/16 via fe80::1 dev wan1 onlink linkdown",
    ],
    ["10.5.0.0/16 dev wan1 mtu lock 1400 metric 7", "main unicast 10.5.0.0/16 dev wan1 metric 7 mtu 1400"],
    [
      "default proto static metric 100 \n\tnexthop via 198.51.100.1 dev wan1 weight 1 \n\tnexthop via 203.0.113.1 dev wan2 weight 3 dead",
      "main unicast 0.0.0.0/0 via 198.51.100.1 dev wan1 via 203.0.113.1 dev wan2 weight 3 metric 100 dead",
    ],
  ])("%s", (text, expected) => {
    expect(value(ipRoutes, `${text}\n`).map(routeText)).toEqual([expected]);
  });

  test("of IPv6", () => {
    const text =
      "default via fe80::1 dev wan1 proto ra metric 1024 expires 86305sec hoplimit 64 pref medium\nmulticast ff00::/8 dev eth0 table local proto kernel metric 256 pref medium\n";
    expect(value(ip6Routes, text).map(routeText)).toEqual([
      "main unicast ::/0 via fe80::1 dev wan1 metric 1024",
      "local multicast ff00::/8 dev eth0 metric 256",
    ]);
  });

  test.each(["bw61", "bw612", "tx612"])("of %s, nothing left over", (machine) => {
    const lines = recording(`vm/${machine}/ip-route-table-all.txt`).trim().split("\n");
    const six = lines.filter(
      (line) => line.includes(" pref ") || /^(local|anycast|multicast) [\da-f:]+ dev/.test(line),
    );
    const routes = [
      ...value(ipRoutes, lines.filter((line) => !six.includes(line)).join("\n")),
      ...value(ip6Routes, six.join("\n")),
    ];
    expect(routes.length).toBe(lines.length);
    expect(routes.flatMap(({ flags }) => flags)).toEqual([]);
    expect(new Set(routes.map(({ table }) => table))).toEqual(new Set(["uplinkA", "uplinkB", "main", "local"]));
  });
});

describe("interfaces", () => {
  test("with everything that a line may say", () => {
    const text = [
      "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000",
      "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00",
      "    inet 127.0.0.1/8 scope host lo",
      "       valid_lft forever preferred_lft forever",
      "3: lan0.5@lan0: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue master br0 state UP group default qlen 1000",
      "    link/ether 6e:ac:d4:20:b8:45 brd ff:ff:ff:ff:ff:ff link-netnsid 0",
      "    inet 192.168.7.1/24 brd 192.168.7.255 scope global secondary lan0.5",
      "    inet6 fe80::1/64 scope link tentative ",
      "4: ppp0: <POINTOPOINT,NOARP,UP> mtu 1492 qdisc noqueue qlen 3",
      "    link/ppp ",
      "    inet 203.0.113.7 peer 203.0.113.1/32 scope global ppp0",
      "",
    ].join("\n");
    const [lo, vlan, ppp] = value(ipAddresses, text);
    expect(lo).toMatchObject({ index: 1, name: "lo", type: "loopback", mtu: 65536, state: "UNKNOWN" });
    expect(vlan).toMatchObject({ name: "lan0.5", parent: "lan0", master: "br0", mac: "6e:ac:d4:20:b8:45" });
    expect(
      vlan?.addresses.map((each) => `${formatAddress(each)}/${each.prefixLength} ${each.scope} ${each.flags}`),
    ).toEqual(["192.168.7.1/24 global secondary", "fe80::1/64 link tentative"]);
    expect(ppp).not.toHaveProperty("state");
    expect(ppp?.addresses[0]).toMatchObject({ prefixLength: 32, peer: { family: "ipv4" } });
  });

  test("what is none", () => {
    expect(read(ipAddresses, "ip: not a command\n")).toMatchObject({ failure: { reason: "garbled" } });
  });
});

test("names of tables: the kernel's own and those of the files", () => {
  const outcome = read(routeTables, recording("vm/bw61/rt_tables.txt"), { exit: { code: 2, stderr: "", cut: false } });
  const names = outcome.ok ? Object.fromEntries(outcome.value) : {};
  expect(names).toEqual({ 0: "unspec", 100: "uplinkA", 200: "uplinkB", 253: "default", 254: "main", 255: "local" });
  const none = read(routeTables, "", { exit: { code: 2, stderr: "", cut: false } });
  expect(none.ok && none.value.get(254)).toBe("main");
});

function ruleText({ priority, inverted, action, ...rule }: PolicyRule): string {
  const does = action.do === "lookup" ? `lookup ${action.table}` : action.do;
  const conditions = Object.entries(rule).flatMap(([name, what]) => {
    if (["family", "text"].includes(name) || (name === "unknown" && rule.unknown.length === 0)) return [];
    if (name === "from" || name === "to") return [`${name}=${formatNetwork(rule[name] as never)}`];
    return [`${name}=${JSON.stringify(what)}`];
  });
  return [priority, ...(inverted ? ["not"] : []), does, ...conditions].join(" ");
}

function routeText({ table, type, destination, hops, source, metric, mtu, flags }: Route): string {
  const ways = hops.map(({ via, dev, weight }) =>
    [via && `via ${formatAddress(via)}`, dev && `dev ${dev}`, weight > 1 && `weight ${weight}`]
      .filter(Boolean)
      .join(" "),
  );
  const more = [
    source && `src ${formatAddress(source)}`,
    metric !== undefined && `metric ${metric}`,
    mtu && `mtu ${mtu}`,
  ];
  return [table, type, formatNetwork(destination), ...ways, ...more.filter(Boolean), ...flags].join(" ");
}

describe("busybox' `ip` beside the real one", () => {
  test("addresses are the same, and it can be told by what it leaves out", () => {
    const [real, small] = ["addr.txt", "addr-busybox.txt"].map((name) => value(ipAddresses, own(name)));
    const shown = (list = real) => list?.map(({ name, addresses }) => [name, addresses.map(formatAddress)]);
    expect(shown(small)).toEqual(shown(real));
    expect([real, small].map((list) => list && isFromBusybox(list))).toEqual([false, true]);
  });

  test("routes are the same but for the hops of those with several, which it says", () => {
    const real = value(ipRoutes, own("routes.txt")).map(routeText);
    const outcome = read(ipRoutes, own("routes-busybox.txt"));
    const small = outcome.ok ? outcome.value.map(routeText) : [];
    expect(real.filter((route) => !small.includes(route))).toEqual([
      "77 unicast 0.0.0.0/0 via 10.77.2.2 dev wan0 weight 2 via 10.77.1.2 dev lan0",
    ]);
    expect(outcome.ok && outcome.warnings).toEqual([expect.stringContaining('"default table 77"')]);
  });

  test("rules are the same but for `not`", () => {
    const real = value(ipRules, own("rules.txt"));
    const small = value(ipRules, own("rules-busybox.txt"));
    const shown = (rules: readonly PolicyRule[]) => rules.map(ruleText);
    expect(shown(real).filter((rule) => !shown(small).includes(rule))).toEqual([
      '900 not lookup main fwmark={"value":51820,"mask":4294967295} suppressPrefixLength=0',
    ]);
    expect(real.filter(({ inverted }) => inverted)).toHaveLength(1);
  });

  test("routes of IPv6", () => {
    expect(value(ip6Routes, own("routes6.txt"))).toHaveLength(own("routes6.txt").trim().split("\n").length);
  });
});
