import { splitNatAddress } from "../../../syntax/iptables/values.js";
import type { NatRequest, Passage } from "../../context.js";
import { type Options, readAddress, readNetwork, readPort } from "../options.js";
import type { Deed, Targets } from "./define.js";

/** Targets that translate addresses by the connection's entry. */
export const natTargets: Targets = {
  SNAT: (options) => ask({ kind: "source", ...addressesAndPorts(options, "to-source"), ...flagsOf(options) }),
  DNAT: (options) => ask({ kind: "destination", ...addressesAndPorts(options, "to-destination"), ...flagsOf(options) }),
  MASQUERADE: (options) =>
    ask({ kind: "source", own: true, masquerade: true, ...portsOf(options.text("to-ports")), ...flagsOf(options) }),
  REDIRECT: (options) =>
    ask({ kind: "destination", own: true, ...portsOf(options.text("to-ports")), ...flagsOf(options) }),
  NETMAP: netmap,
};

function ask(request: NatRequest): Deed {
  return (passage) => passage.nat(request);
}

function flagsOf(options: Options): Partial<NatRequest> {
  return {
    ...(options.has("random") && { random: true }),
    ...(options.has("random-fully") && { fullyRandom: true }),
    ...(options.has("persistent") && { persistent: true }),
  };
}

function addressesAndPorts(options: Options, name: string): Partial<NatRequest> {
  const { addresses, ports } = splitNatAddress(options.text(name) ?? "");
  const [from, to = from] = addresses.map((text) => readAddress(text, options.family));
  return { ...(from !== undefined && to !== undefined && { address: { from, to } }), ...portsOf(ports) };
}

/** `PORT[-PORT[/BASE]]`. */
function portsOf(text: string | undefined): Partial<NatRequest> {
  if (text === undefined) return {};
  const whole = readPort(text);
  if (whole !== undefined) return { port: { from: whole, to: whole } };
  const [range = "", base] = text.split("/");
  const [from, to = from] = range.split("-").map(readPort);
  if (from === undefined || to === undefined) return {};
  const shifted = base === undefined ? undefined : readPort(base);
  return { port: { from, to }, ...(shifted !== undefined && { base: shifted }) };
}

/** The destination on the way in and for packets of this machine, else the source. */
function netmap(options: Options): Deed {
  const network = readNetwork(options.text("to"), options.family);
  if (!network)
    return (passage) => (passage.guess("Which network NETMAP maps to is not known.", options.span) ? "accept" : "drop");
  const whole = options.family === "ipv4" ? 0xffff_ffffn : (1n << 128n) - 1n;
  const number = (value: bigint) => (options.family === "ipv4" ? Number(value) : value);
  const address = { from: number(network.address), to: number(network.address | (whole ^ network.mask)) };
  const requests = {
    source: { kind: "source", address, netmap: true },
    destination: { kind: "destination", address, netmap: true },
  } as const;
  return (passage) => passage.nat(requests[isBeforeRouting(passage) ? "destination" : "source"]);
}

function isBeforeRouting({ hook }: Passage): boolean {
  return hook === "prerouting" || hook === "output";
}
