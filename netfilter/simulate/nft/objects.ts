import type { ObjectDeclaration, ObjectReference } from "../../syntax/nft/nodes.js";
import type { Passage } from "../context.js";
import { entryOf } from "./ct.js";
import { entry } from "./lookup.js";
import type { Mapping } from "./maps.js";
import { unreadable } from "./matches.js";
import type { Program } from "./program.js";
import type { Step } from "./reading.js";
import type { RuleScope } from "./scope.js";
import { stateStep } from "./stateful.js";
import { synproxyStep } from "./statements.js";

/** Compiles a statement that names an object: `quota name "q"`, `ct helper set "h"`, or one that a map chooses. */
export function objectStep(scope: RuleScope, node: ObjectReference): Step {
  const object = scope.program.constants.plain(node.object);
  if (object?.kind === "string") return namedStep(scope, node, object.value);
  if (object?.kind === "symbol") return namedStep(scope, node, object.name);
  if (object?.kind !== "map") return unreadable("object", node);
  scope.imply(object.key, node);
  const mapping = scope.program.maps.mapping(scope, object.key, object.mapping, []);
  return mapping ? chosenStep(scope, node, mapping) : unreadable("object", node);
}

function chosenStep(scope: RuleScope, node: ObjectReference, mapping: Mapping): Step {
  const steps = new Map<string, Step>();
  return (passage) => {
    const gives = mapping.find(passage, node)?.gives;
    if (gives?.kind !== "object") return undefined;
    return entry(steps, gives.name, () => namedStep(scope, node, gives.name))(passage);
  };
}

function namedStep(scope: RuleScope, node: ObjectReference, name: string): Step {
  switch (node.type) {
    case "quota":
    case "limit":
      return sharedStep(scope.program, scope, node, name);
    case "ct helper":
      return helperStep(scope, name);
    case "synproxy":
      return synproxyStep(scope);
    case "ct expectation":
      return assuming("Connections that a `ct expectation` announces are not followed.");
    default:
      return () => "continue";
  }
}

/** One state for all rules that name the object. */
function sharedStep(program: Program, { chain }: RuleScope, node: ObjectReference, name: string): Step {
  const declaration = program.declarations.object(chain.table, node.type, name);
  const state = declaration?.items.find((item) => item.kind === "quota" || item.kind === "limit");
  if (!declaration || !state) return unreadable("object", node);
  return entry(program.objects, declaration, () => stateStep(state, program));
}

/** A connection's first packet gets the helper, if it is of the helper's protocol; else the rule just goes on. */
function helperStep({ program, chain }: RuleScope, name: string): Step {
  const declaration = program.declarations.object(chain.table, "ct helper", name);
  const helper = settingText(declaration, "type") ?? name;
  const protocol = protocolNumber(settingText(declaration, "protocol"));
  const family = families[settingText(declaration, "l3proto") ?? ""];
  return (passage) => {
    const { headers } = passage;
    if (headers.protocol === protocol && (family ?? headers.family) === headers.family) giveHelper(passage, helper);
    return "continue";
  };
}

const families: Readonly<Record<string, "ipv4" | "ipv6">> = { ip: "ipv4", ip6: "ipv6" };

function settingText(declaration: ObjectDeclaration | undefined, name: string): string | undefined {
  const setting = declaration?.items.find((item) => item.kind === "setting" && item.name.text === name);
  const value = setting?.kind === "setting" ? setting.values[0] : undefined;
  if (value?.kind === "string") return value.value;
  return value?.kind === "symbol" ? value.name : value?.kind === "word" ? value.text : undefined;
}

/** Helpers know two protocols. */
function protocolNumber(word: string | undefined): number {
  return word === "udp" ? 17 : 6;
}

function giveHelper(passage: Passage, helper: string): void {
  const connection = entryOf(passage);
  if (!connection || connection.confirmed || connection.helper === helper) return;
  connection.helper = helper;
  passage.changed({ field: "ct helper", after: helper });
}

function assuming(sentence: string): Step {
  return (passage) => {
    passage.assume(sentence);
    return "continue";
  };
}
