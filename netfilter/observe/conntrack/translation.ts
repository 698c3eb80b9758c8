import { type Entry, isIcmp } from "./entry.js";

/** One end of a connection: `192.0.2.1:443`, `[2001:db8::1]:443`, or the address alone. */
export interface End {
  readonly address: string;
  readonly port?: number;
}

/** What NAT does to a connection. */
export interface Translation {
  readonly kind: "snat" | "dnat" | "both";
  /** The source before and after. */
  readonly source?: { readonly from: End; readonly to: End };
  /** The destination before and after. */
  readonly destination?: { readonly from: End; readonly to: End };
  /** In one line, for a cell or a hover. */
  readonly text: string;
}

/**
 * What NAT does to an entry's packets; undefined when it does nothing. Answers come from where the first packet really went and
 * go to where it really came from, so that the reply tuple is the original one turned round unless something was translated.
 */
export function translation({ original, reply, protocol }: Entry): Translation | undefined {
  const icmp = isIcmp(protocol);
  const source = changed(
    end(original.source, icmp ? original.icmp?.id : original.sourcePort),
    end(reply.destination, icmp ? reply.icmp?.id : reply.destinationPort),
  );
  const destination = changed(end(original.destination, original.destinationPort), end(reply.source, reply.sourcePort));
  if (!source && !destination) return undefined;
  const parts = [
    source && `source ${showEnd(source.from)} → ${showEnd(source.to)}`,
    destination && `destination ${showEnd(destination.from)} → ${showEnd(destination.to)}`,
  ];
  return {
    kind: source && destination ? "both" : source ? "snat" : "dnat",
    ...(source && { source }),
    ...(destination && { destination }),
    text: parts.filter(Boolean).join(", "),
  };
}

/** An end as people write it. */
export function showEnd({ address, port }: End): string {
  if (port === undefined) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function end(address: string, port: number | undefined): End {
  return { address, ...(port !== undefined && { port }) };
}

function changed(from: End, to: End): { from: End; to: End } | undefined {
  return from.address === to.address && from.port === to.port ? undefined : { from, to };
}
