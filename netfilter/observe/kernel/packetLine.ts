/** A packet as the kernel's log writes it: `PREFIX IN=lan0 OUT= SRC=... DST=... PROTO=TCP SPT=... SYN ...`. */
export interface PacketLine {
  /** What a rule or the kernel wrote before it. */
  readonly prefix: string;
  /** Fields by name as they stand there: `IN`, `OUT`, `MAC`, `SRC`, `DST`, `LEN`, `TTL`, `ID`, `PROTO`, `SPT`, `DPT`, `MARK` ... */
  readonly fields: Readonly<Record<string, string>>;
  /** Words without a value: `SYN`, `ACK`, `DF` ... */
  readonly flags: readonly string[];
}

/** Reads such a line; undefined when it has no `IN=` and no `SRC=`. A second packet within (of an ICMP error) is left out. */
export function readPacketLine(text: string): PacketLine | undefined {
  const start = /(?:^|\s)IN=\S*(?= )/.exec(text);
  if (!start || !/\b(?:SRC|MACSRC|MAC)=/.test(text)) return undefined;
  const prefix = text.slice(0, start.index + (/^\s/.test(start[0]) ? 1 : 0));
  const body = text.slice(prefix.length).replace(/\[[^\]]*\]/g, " ");
  const words = body.trim().split(/\s+/);
  const fields: Record<string, string> = {};
  const flags: string[] = [];
  for (const word of words) {
    const [, name, value = ""] = /^([A-Z\d]+)=(.*)$/.exec(word) ?? [];
    if (name === undefined) flags.push(word);
    else if (!(name in fields)) fields[name] = value;
    else if (name === "ID") fields.ICMPID = value;
  }
  return { prefix, fields, flags };
}
