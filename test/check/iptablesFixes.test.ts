import { expect, it } from "vitest";
import { analyze } from "../../netfilter/analyze.js";

const head = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n";

/** The titles of what is offered for the only finding; every offer must leave nothing to find when it is taken. */
function offers(line: string): string[] {
  const text = `${head}${line}\nCOMMIT\n`;
  const { findings } = analyze(text, "iptables", { lint: false });
  expect(findings).toHaveLength(1);
  const fixes = findings[0]?.fixes ?? [];
  for (const { title, edits } of fixes) {
    const { span, text: inserted } = edits[0] as (typeof edits)[0];
    const mended = text.slice(0, span.start) + inserted + text.slice(span.end);
    expect(analyze(mended, "iptables", { lint: false }).findings, title).toEqual([]);
  }
  return fixes.map(({ title }) => title);
}

it.each([
  ["-A INPUT --ctstate NEW -j ACCEPT", ["Insert `-m conntrack` before it"]],
  ["-A INPUT -p tcp --dports 22,80 -j ACCEPT", ["Insert `-m multiport` before it"]],
  [
    "-A INPUT --sport 22 -j ACCEPT",
    ["tcp", "udp", "sctp", "dccp"].map((protocol) => `Insert \`-p ${protocol}\` before it`),
  ],
  ["-A INPUT -p icmp --sport 22 -j ACCEPT", []],
  ["-A INPUT ! --ctstate NEW -j ACCEPT", []],
  ["-A INPUT -j SERVICES", ["Declare the chain `SERVICES`"]],
  ["-A INPUT -g SERVICES", ["Declare the chain `SERVICES`"]],
  ["-A SERVICES -j ACCEPT", ["Declare the chain `SERVICES`"]],
  ["-A INPUT -j ACEPT", ["Change to `ACCEPT`", "Declare the chain `ACEPT`"]],
  ["-A INPUT -j RJECT --reject-with tcp-reset -p tcp", ["Change to `REJECT`"]],
  ["-A INPUT -j LGO --log-prefix x", ["Change to `LOG`"]],
  ["-A INPUT -j SERVICES --log-prefix x", []],
  ["-A INPUT -m conntrak --ctstate NEW -j ACCEPT", ["Change to `conntrack`"]],
])("%s", (line, titles) => expect(offers(line)).toEqual(titles));
