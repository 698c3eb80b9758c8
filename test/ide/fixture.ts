import { type Analysis, analyze } from "../../netfilter/analyze.js";
import type { Language } from "../../netfilter/language.js";
import type { Span } from "../../netfilter/text/span.js";

/** A text whose cursor stands where `$0` was. */
export interface Fixture {
  readonly analysis: Analysis;
  readonly offset: number;
}

/** Reads a text with one `$0` in it. */
export function fixture(language: Language, source: string): Fixture {
  const offset = source.indexOf("$0");
  if (offset === -1 || source.includes("$0", offset + 1)) throw new Error("a fixture has exactly one $0");
  return { analysis: analyze(source.replace("$0", ""), language), offset };
}

/** The text with « and » around each span, as one reads it. */
export function marked(text: string, spans: readonly Span[]): string {
  const signs = spans.flatMap(({ start, end }) => [
    { at: start, sign: "«" },
    { at: end, sign: "»" },
  ]);
  signs.sort((a, b) => b.at - a.at || (a.sign < b.sign ? 1 : -1));
  return signs.reduce((result, { at, sign }) => result.slice(0, at) + sign + result.slice(at), text);
}

/** What stands between « and » in `source`, and the text without them. */
export function unmarked(source: string): { text: string; spans: Span[] } {
  const spans: Span[] = [];
  let text = "";
  for (const part of source.split(/(?=[«»])/)) {
    const sign = part[0];
    if (sign === "«") spans.push({ start: text.length, end: text.length });
    else if (sign === "»") spans[spans.length - 1] = { start: spans.at(-1)?.start ?? 0, end: text.length };
    text += sign === "«" || sign === "»" ? part.slice(1) : part;
  }
  return { text, spans };
}

/** An nftables file with one of everything. */
export const nftSample = `define lan = 192.168.1.0/24

table inet filter {
  set blocked {
    type ipv4_addr
    flags interval
    elements = { 10.0.0.0/8, 172.16.0.0/12 }
  }

  map ports {
    type inet_service : verdict
    elements = { 22 : jump ssh }
  }

  counter seen {
  }

  chain ssh {
    ip saddr $lan accept
    drop
  }

  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    ip saddr @blocked drop
    tcp dport 22 jump ssh
    tcp dport vmap @ports
  }
}
`;

/** An iptables-save file with one of everything. */
export const iptablesSample = `# made by hand
# for tests
*mangle
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:MARKS - [0:0]
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m mark --mark 0x0/0xff -j MARKS
-A MARKS -s 192.168.1.0/24 -j MARK --set-xmark 0x30/0xff
-A MARKS -j ACCEPT
-A POSTROUTING -j CONNMARK --save-mark
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -i lo -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
`;
