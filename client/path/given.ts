import { type GivenPacket, readPacket } from "../../netfilter/packet/packetJson.js";
import type { RouterState } from "../../netfilter/simulate/state.js";
import { readState } from "../../netfilter/simulate/stateJson.js";
import { type FieldProblem, pathText } from "../../netfilter/text/fields.js";
import { connectionFields, type PacketForm } from "../../webview/protocol.js";
import type { Answer } from "./answer.js";

/** A router's state as its file says it, and where the text is from. */
export interface StateText {
  readonly file: string;
  readonly text: string;
}

/** Without a state nothing is known of the router; what is assumed then, the traces say. */
export function stateOf(state: StateText | undefined): Answer<RouterState> {
  if (!state) return { value: {} };
  const problems: FieldProblem[] = [];
  try {
    const value = readState(JSON.parse(state.text), problems);
    return value ? { value } : { problems: problemTexts(problems, state.file) };
  } catch (error) {
    return { problems: [`${state.file}: this is not JSON: ${(error as Error).message}`] };
  }
}

/** The packet that a form describes. */
export function packetOf(form: PacketForm): Answer<GivenPacket> {
  const ofConnection: readonly string[] = connectionFields;
  const given = Object.entries(form).filter(([field, text]) => text.trim() !== "" && !ofConnection.includes(field));
  const problems: FieldProblem[] = [];
  const value = readPacket(Object.fromEntries(given.map(([field, text]) => [field, text.trim()])), [], problems);
  return value ? { value } : { problems: problemTexts(problems) };
}

/** Problems as lines: where, and what is wrong. */
export function problemTexts(problems: readonly FieldProblem[], file?: string): string[] {
  return problems.map(({ path, message }) =>
    [file, path.length > 0 ? pathText(path) : "", message].filter(Boolean).join(": "),
  );
}
