/**
 * What a rule says at a glance, one bit each: so many lints ask it of every rule that it is found out in one look. Where a bit
 * is not set, that is certain.
 */
export const traits = {
  /** Asks something of a packet. */
  asks: 1,
  /** Turns a condition round. */
  negates: 2,
  /** Does something: has a `-j` or `-g`, a statement that is no match. */
  acts: 4,
  /** May end a packet's walk through the chain. */
  ends: 8,
  /** Goes on in another chain. */
  leads: 16,
  /** Asks for something twice, or for a value that may not fit its mask. */
  doubts: 32,
  /** Asks for the interface that a packet came by. */
  input: 64,
  /** Asks for the one by which it leaves. */
  output: 128,
  /** May look at a mark, or set one. */
  marks: 256,
  /** Stands for several rules, one for each pair of addresses; only in iptables. */
  several: 512,
  /** Has something besides `-i` and `-o` that may not stand in every table or chain, or not in this rule; only in iptables. */
  confined: 1024,
  /** Has a limit that is counted for all packets together. */
  limits: 2048,
  /** Writes to the log. */
  logs: 4096,
  /** May set a mark; such a rule also has `marks`. */
  writesMarks: 8192,
  /** Goes behind the rules that its chain has so far; only in iptables. */
  appends: 16384,
} as const;
