import type { Rule } from "../../model/ruleset.js";
import type { Rule as RuleNode, Statement } from "../../syntax/nft/nodes.js";
import { assignmentStep, resetStep } from "./assign.js";
import { matchSteps, verdictMapStep } from "./matches.js";
import { natStep } from "./nat.js";
import { objectStep } from "./objects.js";
import type { Program } from "./program.js";
import type { Step } from "./reading.js";
import { RuleScope } from "./scope.js";
import { stateStep } from "./stateful.js";
import { dupStep, flowStep, forwardStep, queueStep, rejectStep, synproxyStep, tproxyStep } from "./statements.js";
import { meterStep, setStep } from "./updates.js";

/** The steps of a rule in the order in which the kernel takes them. */
export function compileRule(program: Program, rule: Rule): readonly Step[] {
  const scope = new RuleScope(program, rule.chain);
  for (const statement of (rule.node as RuleNode).statements) {
    const step = stepOf(scope, statement);
    if (step) scope.steps.push(step);
  }
  return scope.steps;
}

/** The step of one statement, after those that it implies; undefined for what only writes to a log or counts. */
function stepOf(scope: RuleScope, statement: Statement): Step | undefined {
  switch (statement.kind) {
    case "match":
      return matchSteps(scope, statement);
    case "vmap":
      return verdictMapStep(scope, statement);
    case "verdict":
    case "jump":
      return verdictStep(scope, statement);
    case "assignment":
      return assignmentStep(scope, statement);
    case "nat":
      return natStep(scope, statement);
    case "reject":
      return rejectStep(scope, statement);
    case "quota":
    case "limit":
    case "connectionLimit":
      return stateStep(statement, scope.program);
    case "objectReference":
      return objectStep(scope, statement);
    case "setStatement":
      return setStep(scope, statement);
    case "meter":
      return meterStep(scope, statement);
    default:
      return rareStep(scope, statement);
  }
}

function rareStep(scope: RuleScope, statement: Statement): Step | undefined {
  switch (statement.kind) {
    case "counter":
    case "last":
    case "log":
      return undefined;
    case "queue":
      return queueStep(scope, statement);
    case "tproxy":
      return tproxyStep(scope, statement);
    case "dup":
      return dupStep(scope, statement);
    case "fwd":
      return forwardStep(scope, statement);
    case "notrack":
      return notrack;
    case "flowAdd":
      return flowStep(statement);
    case "synproxy":
      return synproxyStep(scope);
    case "resetOption":
      return resetStep(statement);
    default:
      return unmodelled(statement);
  }
}

function verdictStep(scope: RuleScope, statement: Extract<Statement, { kind: "verdict" | "jump" }>): Step {
  const outcome = scope.program.verdict(statement, scope.chain.table);
  return outcome === undefined ? unmodelled(statement) : () => outcome;
}

/** A packet that conntrack has seen already, that is out of it or has a template stays as it is. */
const notrack: Step = (passage) => {
  if (!passage.connection && !passage.hasTemplate) passage.notrack();
  return "continue";
};

/** It may match or not, and where it matches, end the packet or not. */
function unmodelled({ kind, start, end }: Statement): Step {
  const what = kind === "xt" ? "an extension of iptables" : "a statement that is not understood";
  return (passage) => {
    if (!passage.guess(`This is ${what}; whether it matches is not known.`, { start, end })) return undefined;
    return passage.guess(`This is ${what}; whether it drops the packet is not known.`, { start, end })
      ? "drop"
      : "continue";
  };
}
