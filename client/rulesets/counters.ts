/** What stands in a live ruleset's text about one rule's counter, or a chain's together. */
export interface Counted {
  /** Counted from 0. */
  readonly line: number;
  /** The same at the next reading: the rule's handle or its words, the chain's name. */
  readonly key: string;
  readonly what: "rule" | "chain" | "policy";
  readonly packets: number;
  readonly bytes: number;
  readonly handle?: number;
}

/** Reads the counters of a listing, line by line as the tools write them: nft's own or iptables-save's. */
export function countersOf(text: string): Counted[] {
  return /^\*\w+/m.test(text) && !/^table /m.test(text) ? iptablesCounters(text) : nftCounters(text);
}

interface Sum {
  readonly line: number;
  readonly key: string;
  packets: number;
  bytes: number;
  rules: number;
}

function nftCounters(text: string): Counted[] {
  const found: Counted[] = [];
  const chains: Sum[] = [];
  let [table, chain] = ["", undefined as Sum | undefined];
  for (const [line, words] of text.split("\n").entries()) {
    const block =
      words.includes(" {") &&
      /^(\t*| *)(table \w+ \S+|(?:chain|set|map|counter|quota|flowtable|ct \w+) \S+) \{/.exec(words);
    if (block) {
      const head = block[2] as string;
      if (head.startsWith("table")) table = head;
      chain = head.startsWith("chain") ? { line, key: `${table} ${head}`, packets: 0, bytes: 0, rules: 0 } : undefined;
      if (chain) chains.push(chain);
      continue;
    }
    const counter = chain && words.includes("counter packets") && /\bcounter packets (\d+) bytes (\d+)/.exec(words);
    if (!chain || !counter) continue;
    const [packets, bytes] = [Number(counter[1]), Number(counter[2])];
    add(chain, packets, bytes);
    const handle = /# handle (\d+)$/.exec(words)?.[1];
    const key = `${chain.key} ${handle ?? words.replace(/\bpackets \d+ bytes \d+/, "").trim()}`;
    found.push({ line, key, what: "rule", packets, bytes, ...(handle !== undefined && { handle: Number(handle) }) });
  }
  return [...chains.filter(({ rules }) => rules > 0).map(sumOf), ...found].sort((a, b) => a.line - b.line);
}

function iptablesCounters(text: string): Counted[] {
  const found: Counted[] = [];
  const chains = new Map<string, Sum>();
  const seen = new Map<string, number>();
  let table = "";
  for (const [line, words] of text.split("\n").entries()) {
    if (words.startsWith("*")) table = words;
    const declared = /^:(\S+) (\S+) \[(\d+):(\d+)\]/.exec(words);
    if (declared) {
      const [, name = "", policy, packets, bytes] = declared;
      const key = `${table} ${name}`;
      chains.set(key, { line, key, packets: 0, bytes: 0, rules: 0 });
      if (policy !== "-")
        found.push({ line, key: `${key} policy`, what: "policy", packets: Number(packets), bytes: Number(bytes) });
    }
    const rule = /^\[(\d+):(\d+)\] -A (\S+)(.*)$/.exec(words);
    if (!rule) continue;
    const [, packets, bytes, name = "", rest = ""] = rule;
    const own = `${table} ${name}${rest}`;
    const count = seen.get(own) ?? 0;
    seen.set(own, count + 1);
    found.push({ line, key: `${own} ${count}`, what: "rule", packets: Number(packets), bytes: Number(bytes) });
    const chain = chains.get(`${table} ${name}`);
    if (chain) add(chain, Number(packets), Number(bytes));
  }
  const sums = [...chains.values()].filter(({ rules }) => rules > 0).map(sumOf);
  return [...sums, ...found].sort((a, b) => a.line - b.line);
}

function add(chain: Sum, packets: number, bytes: number): void {
  chain.packets += packets;
  chain.bytes += bytes;
  chain.rules++;
}

function sumOf({ line, key, packets, bytes }: Sum): Counted {
  return { line, key, what: "chain", packets, bytes };
}

/** How much was counted since an earlier reading, by key; one that began anew counts from 0. */
export function since(now: readonly Counted[], before: readonly Counted[]): Map<string, number> {
  const earlier = new Map(before.map(({ key, what, packets }) => [`${what} ${key}`, packets]));
  const found = new Map<string, number>();
  for (const { key, what, packets } of now) {
    const last = earlier.get(`${what} ${key}`);
    if (last !== undefined && packets !== last) found.set(`${what} ${key}`, packets > last ? packets - last : packets);
  }
  return found;
}

/** `1,234 packets, 56.7 kB`. */
export function amountText(packets: number, bytes: number): string {
  return `${packets === 1 ? "1 packet" : `${packets.toLocaleString("en")} packets`}, ${bytesText(bytes)}`;
}

function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/**
 * `+120 packets in 5 s`; without its unit where it stands behind an amount, since the editor cuts a line's hints at 43
 * characters.
 */
export function deltaText(packets: number, seconds: number, withUnit = true): string {
  const span = seconds < 10 ? seconds.toFixed(1).replace(/\.0$/, "") : seconds.toFixed(0);
  const unit = withUnit ? (packets === 1 ? " packet" : " packets") : "";
  return `+${packets.toLocaleString("en")}${unit} in ${span} s`;
}
