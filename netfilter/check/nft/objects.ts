import type * as nft from "../../syntax/nft/nodes.js";
import { refuse, suggestion } from "./refusal.js";

/** Checks the settings of a stateful object. */
export function checkObject(node: nft.ObjectDeclaration): void {
  if (node.items.some((item) => item.kind === "unknownItem" || item.kind === "include")) return;
  if (node.type === "ct expectation") checkExpectation(node);
  if (node.type === "ct timeout") checkTimeouts(node);
  if (node.type === "ct helper") checkHelper(node);
}

const neededByExpectation = ["protocol", "dport", "timeout", "size"];

function checkExpectation(node: nft.ObjectDeclaration): void {
  const settings = settingsOf(node);
  const missing = neededByExpectation.filter((name) => !settings.some((setting) => setting.name.text === name));
  if (missing.length > 0 && node.name) {
    const words = missing.map((name) => `\`${name}\``).join(", ");
    refuse(
      "missingOption",
      node.name,
      `An expectation needs ${neededByExpectation.join(", ")}; this one lacks ${words}.`,
    );
  }
  const port = settings.find(({ name }) => name.text === "dport")?.values[0];
  if (port?.kind === "number" && port.value % 65536n === 0n)
    refuse("badValue", port, "A port lies between 1 and 65535.");
}

function checkHelper(node: nft.ObjectDeclaration): void {
  const [, second] = settingsOf(node).filter(({ name }) => name.text === "type");
  if (second) refuse("duplicateSetting", second, "This object names a helper already. Keep one of the two.");
}

const states: Readonly<Record<string, readonly string[]>> = {
  tcp: [
    "established",
    "syn_sent",
    "syn_recv",
    "fin_wait",
    "close_wait",
    "last_ack",
    "time_wait",
    "close",
    "syn_sent2",
    "retrans",
    "unack",
  ],
  udp: ["unreplied", "replied"],
};

function checkTimeouts(node: nft.ObjectDeclaration): void {
  const settings = settingsOf(node);
  const protocol = settings.findLast(({ name }) => name.text === "protocol")?.values[0];
  const known = states[wordOf(protocol) ?? ""];
  const policy = settings.find(({ name }) => name.text === "policy")?.values[0];
  if (!known || policy?.kind !== "setLiteral") return;
  for (const element of policy.elements) {
    if (element.kind !== "element") continue;
    const state = wordOf(element.key);
    if (state !== undefined && !known.includes(state)) {
      const { hint, fixes } = suggestion(state, element.key, known);
      const text = `\`${state}\` is no state of ${wordOf(protocol)} connections.${hint || ` These are: ${known.join(", ")}.`}`;
      refuse("badValue", element.key, text, fixes && { fixes });
    }
  }
}

function settingsOf({ items }: nft.ObjectDeclaration): nft.Setting[] {
  return items.filter((item) => item.kind === "setting");
}

function wordOf(node: nft.Expression | nft.Word | undefined): string | undefined {
  if (node?.kind === "word") return node.text;
  if (node?.kind === "symbol") return node.name;
  return node?.kind === "string" ? node.value : undefined;
}
