/** A packet's fields as docs/path.md names them, each as a person writes it; what is absent the text does not tell. */
export interface PacketWords {
  /** Empty: the machine itself sends it. Absent: nothing is told of where it comes in. */
  readonly iif?: string;
  readonly oif?: string;
  readonly saddr?: string;
  readonly daddr?: string;
  readonly protocol?: string;
  readonly sport?: string;
  readonly dport?: string;
  /** `syn,ack`, or `none`. */
  readonly flags?: string;
  readonly icmpType?: string;
  readonly mark?: string;
  /** What conntrack knew before the packet: nothing, or an entry, of which the packet goes the original way or answers. */
  readonly connection?: "new" | "original" | "reply";
  /** `ESTABLISHED`; of protocols that have states. */
  readonly ctState?: string;
  readonly ctMark?: string;
  /** The entry's other direction where it is not the packet's turned around: `198.51.100.20:443 > 203.0.113.5:40000`. */
  readonly otherWay?: string;
}

/** A packet that was read in a text. */
export interface FoundPacket {
  readonly fields: PacketWords;
  /** What kind of line it stood in and at which place the packet was seen: one sentence. */
  readonly says: string;
  /** What the text leaves open, or what was made of it: sentences. */
  readonly notes: readonly string[];
}

/** What a line holds: a packet, or why it is none that could be sent. */
export type Reading = FoundPacket | { readonly problem: string };

/** Leaves out what has no value. */
export function said(fields: { readonly [Field in keyof PacketWords]: PacketWords[Field] | undefined }): PacketWords {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A number as its text; undefined stays. */
export function worded(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** A mark as people write it; none where it is 0. */
export function markText(mark: number | undefined): string | undefined {
  return mark ? `0x${mark.toString(16)}` : undefined;
}
