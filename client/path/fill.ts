import { readPacketText } from "../../netfilter/observe/packetText/packetText.js";
import type { PacketWords } from "../../netfilter/observe/packetText/reading.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import type { PacketForm } from "../../webview/protocol.js";
import type { Answer } from "./answer.js";
import { interfaceTowards, isOwnAddress } from "./interfaceTowards.js";

/** What a pasted text says of a packet. */
export interface FilledForm {
  /** Without `iif` where nothing tells by which interface it comes in; empty for a packet of the machine's own. */
  readonly form: PacketForm;
  /** What was read and what it leaves open: sentences. */
  readonly says: readonly string[];
}

/** Reads a packet in a text; by the router's addresses it is told where it comes in, if the text does not tell. */
export function fillFrom(text: string, { interfaces = [] }: Pick<RouterState, "interfaces">): Answer<FilledForm> {
  const reading = readPacketText(text);
  if ("problem" in reading) return { problems: [reading.problem] };
  const { fields, says, notes } = reading;
  if (fields.iif !== undefined) return { value: { form: fields, says: [says, ...notes] } };
  const entrance = entranceOf(fields, interfaces);
  return { value: { form: { ...fields, ...entrance.fields }, says: [says, entrance.note, ...notes] } };
}

function entranceOf({ saddr = "" }: PacketWords, interfaces: NonNullable<RouterState["interfaces"]>) {
  if (isOwnAddress(interfaces, saddr)) return { fields: { iif: "" }, note: `${saddr} is this machine's own address.` };
  const iif = interfaceTowards(interfaces, saddr);
  if (iif === undefined) return { fields: {}, note: "By which interface it came in is not told: see to that field." };
  return { fields: { iif }, note: `Its sender is a neighbour on ${iif}, so it comes in there.` };
}
