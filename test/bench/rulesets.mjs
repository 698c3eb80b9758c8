// Rulesets of a given size, in the shapes that routers have: services by port, hosts by address, a few user chains.

const port = (n) => 1024 + (n % 60_000);
const host = (n) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

/** An iptables-save file with `rules` rules in its filter table. */
export function iptablesRules(rules) {
  const line = (n) =>
    [
      `-A INPUT -s ${host(n)}/32 -p tcp -m tcp --dport ${port(n)} -m conntrack --ctstate NEW -j ACCEPT`,
      `-A FORWARD -i lan${n % 8} -o wan${n % 3} -p udp -m multiport --dports ${port(n)},${port(n + 1)} -j services`,
      `-A services -d ${host(n)}/32 -m comment --comment "service ${n}" -m mark --mark 0x${(n % 255).toString(16)}/0xff -j RETURN`,
      `-A FORWARD -s ${host(n)}/32 -p tcp -m limit --limit 10/second -j LOG --log-prefix "host ${n}: "`,
    ][n % 4];
  const body = Array.from({ length: rules }, (_, n) => line(n)).join("\n");
  return `*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:services - [0:0]\n${body}\nCOMMIT\n`;
}

/** An nftables file with `rules` rules in three chains. */
export function nftablesRules(rules) {
  const line = (n) =>
    [
      `ip saddr ${host(n)} tcp dport ${port(n)} ct state new accept`,
      `iifname "lan${n % 8}" oifname "wan${n % 3}" udp dport ${port(n)}-${port(n) + 1} counter accept`,
      `ip daddr ${host(n)} meta mark & 0xff == 0x${(n % 255).toString(16)} jump services comment "service ${n}"`,
      `ip saddr ${host(n)} limit rate 10/second log prefix "host ${n}: "`,
    ][n % 4];
  const body = Array.from({ length: rules }, (_, n) => `\t\t${line(n)}`).join("\n");
  const head = "\tchain services {\n\t}\n\n\tchain input {\n\t\ttype filter hook forward priority filter; policy drop;";
  return `table inet router {\n${head}\n${body}\n\t}\n}\n`;
}

/** An nftables file with one set of `elements` addresses and a rule that asks it. */
export function nftablesSet(elements) {
  const list = Array.from({ length: elements }, (_, n) => host(n)).join(", ");
  const head = "table inet router {\n\tset blocked {\n\t\ttype ipv4_addr\n";
  const chain = "\tchain input {\n\t\ttype filter hook input priority filter;\n\t\tip saddr @blocked drop\n\t}\n";
  return `${head}\t\telements = { ${list} }\n\t}\n\n${chain}}\n`;
}

/** An nftables file with `chains` base chains at two hooks, each with `rules` rules that no packet to port 443 matches. */
export function nftablesChains(chains, rules) {
  const lines = Array.from({ length: rules }, (_, n) => `    tcp dport ${n + 1} drop`).join("\n");
  const table = (n) => `table inet t${n} {
  chain c {
    type filter hook ${n % 2 ? "forward" : "prerouting"} priority ${n - 90};
${lines}
  }
}`;
  return `${Array.from({ length: chains }, (_, n) => table(n)).join("\n")}\n`;
}
