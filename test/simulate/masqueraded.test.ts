import { expect, test } from "vitest";
import type { Language } from "../../netfilter/language.js";
import { readEntryLine } from "../../netfilter/simulate/entryJson.js";
import { Router } from "../../netfilter/simulate/router.js";
import { endText, house, load, packet } from "./world.js";

const listed =
  "tcp 6 431999 ESTABLISHED src=192.168.1.11 dst=203.0.113.10 sport=39201 dport=80 src=203.0.113.10 dst=10.0.2.2 sport=80 dport=39201 [ASSURED] mark=48 use=1";

const restore = "*mangle\n-A PREROUTING -j CONNMARK --restore-mark\nCOMMIT\n";
const nat = (rules: string) => `${restore}*nat\n${rules}\nCOMMIT\n`;
const nft = (rules: string) =>
  `table ip m { chain p { type filter hook prerouting priority mangle; meta mark set ct mark\n } }
table ip n { chain p { type nat hook postrouting priority srcnat; ${rules}\n } }`;

/** What becomes of a packet of a connection that the router's own listing told of. */
function next(rules: string, line: string, language: Language = "iptables") {
  const entry = readEntryLine(line);
  if (!entry) throw new Error(`no entry: ${line}`);
  const router = new Router([load(rules, language)], { ...house, conntrack: [entry] });
  const { saddr, daddr, sport, dport } = entry.original;
  const ends = { saddr, daddr, sport: sport as number, dport: dport as number };
  const sent = { ...packet({ iif: "lan0", saddr: "0.0.0.0", daddr: "0.0.0.0", tcpFlags: 16 }), ...ends };
  const { disposition, assumptions } = router.send(sent);
  return { end: endText(disposition), assumed: assumptions.filter((one) => one.includes("entry")), router };
}

const killed =
  "DROPPED nat at postrouting: outgoing interface changed: the connection was masqueraded for wan2 and leaves by wan1, so it is deleted and the packet dropped";

const masqueraded = (name: string, rules: string, language?: Language) =>
  test(`masqueraded: ${name}`, () => {
    const { end, assumed, router } = next(rules, listed, language);
    expect(end).toBe(killed);
    expect(router.entries()).toEqual([]);
    expect(assumed).toEqual([
      "an entry that was there before was masqueraded for wan2: it has that interface's address, and the rules would masquerade its first packet there",
    ]);
  });

masqueraded("story 000", nat("-A POSTROUTING -o wan1 -j MASQUERADE\n-A POSTROUTING -o wan2 -j MASQUERADE"));
masqueraded(
  "a chain of its own",
  nat(":OUT - [0:0]\n-A POSTROUTING -o wan+ -g OUT\n-A OUT -s 192.168.1.0/24 -j MASQUERADE"),
);
masqueraded(
  "behind a rule for others",
  nat("-A POSTROUTING -o wan1 -j SNAT --to 10.0.1.2\n-A POSTROUTING -j MASQUERADE"),
);
masqueraded("by what came in", nft('iifname "lan0" oifname "wan2" ct state new masquerade'), "nftables");
masqueraded("by the destination", nft("ip daddr 203.0.113.10 tcp dport 80 masquerade"), "nftables");

const unbound = (name: string, rules: string, line = listed) =>
  test(`not bound: ${name}`, () => {
    const { end, assumed } = next(rules, line);
    expect(end).toBe("SENT wan1 via 10.0.1.1");
    expect(assumed).toEqual([
      "an entry that was there before is not bound to an interface, as if snat and not masquerade had made it",
    ]);
  });

const all = nat("-A POSTROUTING -j MASQUERADE");
unbound("SNAT", nat("-A POSTROUTING -o wan2 -j SNAT --to-source 10.0.2.2"));
unbound("SNAT before it", nat("-A POSTROUTING -o wan2 -j SNAT --to-source 10.0.2.2\n-A POSTROUTING -j MASQUERADE"));
unbound("another source", nat("-A POSTROUTING -s 192.168.2.0/24 -j MASQUERADE"));
unbound("another interface", nat("-A POSTROUTING -o wan1 -j MASQUERADE"));
unbound("nobody's address", all, listed.replace("10.0.2.2", "198.51.100.9"));
unbound(
  "the address did not change",
  all,
  listed.replace("dst=10.0.2.2 sport=80 dport=39201", "dst=192.168.1.11 sport=80 dport=40000"),
);
unbound("a rule that is not certain", nat("-A POSTROUTING -m set --match-set lan src -j MASQUERADE"));

test("a connection that leaves where it did goes on", () => {
  const { end, router } = next(all, listed.replace("mark=48", "mark=54"));
  expect(end).toBe("SENT wan2 via 10.0.2.1");
  expect(router.entries().map(({ masqueradedBy }) => masqueradedBy)).toEqual(["wan2"]);
});

test("with a destination that was translated, the rules see the one behind it", () => {
  const line = listed.replace("dst=203.0.113.10 sport=39201 dport=80", "dst=192.168.1.1 sport=39201 dport=8080");
  expect(next(nat("-A POSTROUTING -d 203.0.113.10 -p tcp --dport 80 -j MASQUERADE"), line).end).toBe(killed);
});
