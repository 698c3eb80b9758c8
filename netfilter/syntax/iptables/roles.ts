import type { Value } from "../../facts/iptables/extension.js";
import type { Role } from "../tree.js";

const roles: Readonly<Record<Value["type"], Role>> = {
  integer: "number",
  mark: "number",
  port: "constant",
  word: "constant",
  address: "address",
  natAddress: "address",
  natPorts: "constant",
  interface: "interface",
  mac: "address",
  rate: "number",
  protocol: "constant",
  chain: "chainName",
  ipset: "setName",
  text: "string",
  pattern: "constant",
};

/** What a value is to the reader: numbers are numbers even where a name might stand. */
export function roleOfValue({ type }: Value, text: string): Role {
  const role = roles[type];
  const first = text.charCodeAt(0);
  return role === "constant" && first >= 48 && first <= 57 ? "number" : role;
}
