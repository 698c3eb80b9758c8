import { expect, test } from "vitest";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { device, endText, packet, route, routerOf } from "./world.js";

const port = (name: string, index: number) => ({ ...device(name, index), master: "br0" });

function bridged(call: "0" | "1"): RouterState {
  return {
    interfaces: [
      device("lo", 1, "127.0.0.1/8"),
      { ...device("br0", 2, "192.168.1.1/24"), type: "bridge" },
      port("eth1", 3),
      port("eth2", 4),
      device("wan", 5, "10.0.0.2/24"),
    ],
    routes: [route("192.168.1.0/24 dev br0"), route("10.0.0.0/24 dev wan"), route("default via 10.0.0.1 dev wan")],
    sysctls: {
      "net.ipv4.ip_forward": "1",
      "net.ipv4.conf.all.rp_filter": "0",
      "net.bridge.bridge-nf-call-iptables": call,
    },
  };
}

const text = `table bridge b {
  chain pre { type filter hook prerouting priority -300; }
  chain in { type filter hook input priority 0; }
  chain across { type filter hook forward priority 0; }
  chain out { type filter hook output priority 0; }
  chain post { type filter hook postrouting priority 0; }
}
table ip t {
  chain ippre { type filter hook prerouting priority 0; iifname "br0" counter\n }
  chain ipin { type filter hook input priority 0; }
  chain ipfwd { type filter hook forward priority 0; }
  chain ippost { type filter hook postrouting priority 0; }
}`;

/** The chains that a packet comes by, and how it ends. */
function way(call: "0" | "1", iif: string, saddr: string, daddr: string): string {
  const sent = packet({ ...(iif !== "" && { iif }), saddr, daddr, sport: 1, dport: 2, tcpFlags: 2 });
  const { steps, disposition } = routerOf(text, bridged(call)).send(sent);
  const chains = steps.flatMap((step) => (step.kind === "end" ? [step.chain.name] : []));
  return [...chains, endText(disposition)].join(" ");
}

test("a frame between two ports passes IP's chains only with br_netfilter", () => {
  expect(way("0", "eth1", "192.168.1.10", "192.168.1.20")).toBe("pre across post SENT eth2");
  expect(way("1", "eth1", "192.168.1.10", "192.168.1.20")).toBe("pre ippre across ipfwd post ippost SENT eth2");
});

test("a frame for this machine goes up, and is routed on", () => {
  expect(way("0", "eth1", "192.168.1.10", "192.168.1.1")).toBe("pre in ippre ipin DELIVERED");
  expect(way("1", "eth1", "192.168.1.10", "192.168.1.1")).toBe("pre ippre in ipin DELIVERED");
  expect(way("0", "eth1", "192.168.1.10", "8.8.8.8")).toBe("pre in ippre ipfwd ippost SENT wan via 10.0.0.1");
});

test("what leaves by the bridge passes its output", () => {
  const sent = packet({ iif: "wan", saddr: "8.8.8.8", daddr: "192.168.1.20", sport: 1, dport: 2, tcpFlags: 2 });
  const { steps, unknown } = routerOf(text, bridged("0")).send(sent);
  const chains = steps.flatMap((step) => (step.kind === "end" ? [step.chain.name] : []));
  expect(chains).toEqual(["ippre", "ipfwd", "ippost", "out", "post"]);
  expect(unknown).toHaveLength(1);
});
