import type { IpFamily } from "../../facts/iptables/extension.js";
import type { Chain, Rule } from "../../model/ruleset.js";
import type { Loaded, RuleLine } from "../../syntax/iptables/nodes.js";
import type { CompiledRule, Outcome, Passage } from "../context.js";
import { baseTests } from "./base.js";
import { makeTest } from "./matches.js";
import type { Memory } from "./memory.js";
import { Options, spanOf } from "./options.js";
import { type Deed, goOn } from "./targets/define.js";
import { makeDeed } from "./targets.js";
import { every, type Test, unsure } from "./test.js";

/** The rules that the tools make of one line, in the order in which a packet meets them. */
export function compileRule(rule: Rule, family: IpFamily, memory: Memory): readonly CompiledRule[] {
  const line = rule.node as RuleLine;
  const compiled = baseTests(line, family).map((base) => new CompiledLine(rule, base, family, memory));
  return line.main.command?.command?.letter === "I" ? compiled.reverse() : compiled;
}

/** Most packets get no further than a rule's own options, so the rest is made ready for the first that does. */
class CompiledLine implements CompiledRule {
  private rest: CompiledRule["run"] | undefined;

  constructor(
    readonly rule: Rule,
    private readonly base: Test | undefined,
    private readonly family: IpFamily,
    private readonly memory: Memory,
  ) {}

  run(passage: Passage): Outcome | undefined {
    if (this.base && this.base(passage) !== true) return undefined;
    this.rest ??= restOf(this.rule, this.family, this.memory);
    return this.rest(passage);
  }
}

function restOf(rule: Rule, family: IpFamily, memory: Memory): CompiledRule["run"] {
  const line = rule.node as RuleLine;
  const test = every([...line.matches.map((match) => testOf(match, family, memory)), brokenTest(line)]);
  const deed = deedOf(rule, line, family, memory);
  if (!test) return deed;
  return (passage) => {
    const answer = test(passage);
    if (answer === false) return undefined;
    return answer === "drop" ? "drop" : deed(passage);
  };
}

function testOf(match: Loaded, family: IpFamily, memory: Memory): Test | undefined {
  const options = optionsOf(match, family);
  const make = makeTest.get(match.extension.word);
  if (make) return make(options, memory);
  return unsure(`What \`-m ${match.extension.word}\` asks is not worked out.`, options.span);
}

function optionsOf({ by, options }: Loaded, family: IpFamily): Options {
  const first = by ?? options[0];
  const last = options.at(-1) ?? by;
  return new Options(options, family, { start: first?.start ?? 0, end: last?.end ?? 0 });
}

function brokenTest(line: RuleLine): Test | undefined {
  return line.broken ? unsure("The rule has an error, so that no kernel loads it.", spanOf(line)) : undefined;
}

function deedOf(rule: Rule, line: RuleLine, family: IpFamily, memory: Memory): Deed {
  const { jump } = line.main;
  if (!jump) return goOn;
  const [action] = rule.actions;
  if (action?.do === "jump" || action?.do === "goto")
    return callDeed(action.do, action.target.definition as Chain, jump);
  const make = line.target && makeDeed.get(line.target.extension.word);
  if (line.target && make) return make(optionsOf(line.target, family), memory);
  return unknownDeed(`What \`-j ${jump.values[0]?.text ?? ""}\` does is not worked out.`, jump);
}

function callDeed(
  how: "jump" | "goto",
  chain: Chain | undefined,
  at: { readonly start: number; readonly end: number },
): Deed {
  if (!chain) return unknownDeed("The rule calls a chain that does not exist, so that no kernel loads it.", at);
  const outcome: Outcome = { do: how, chain };
  return () => outcome;
}

function unknownDeed(why: string, at: { readonly start: number; readonly end: number }): Deed {
  const span = spanOf(at);
  return (passage: Passage) => (passage.guess(why, span) ? "continue" : "drop");
}
