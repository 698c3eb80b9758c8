import type { IpFamily } from "../../facts/iptables/extension.js";
import { allTargets, policies } from "../../facts/iptables/index.js";
import { error, suggestion, warning, withFixes } from "../../syntax/iptables/messages.js";
import type { ChainDeclaration, OptionNode, RuleLine, TableSection, Word } from "../../syntax/iptables/nodes.js";
import { traits } from "../../syntax/traits.js";
import type { Finding, Fix } from "../../text/finding.js";
import { nearest } from "../../text/nearest.js";
import { type ChainState, ChainStates, noteJump } from "./chainStates.js";

/** Follows the chains of one table from the first line to the last, as the tools do, and tells where one is not there. */
export class ChainUses {
  readonly findings: Finding[] = [];
  private readonly chains: ChainStates;
  private readonly declarations = new Map<string, Word>();
  /** Where one more declaration would stand. */
  private declareAt = 0;

  constructor(
    private readonly table: string,
    private readonly family: IpFamily,
  ) {
    this.chains = new ChainStates(table);
  }

  readSection(section: TableSection): void {
    this.declareAt = endOfDeclarations(section);
    for (const line of section.lines) {
      if (line.kind === "chain" && line.name) this.declarations.set(line.name.text, line.name);
    }
    for (const line of section.lines) {
      if (line.kind === "chain") this.declare(line);
      else if (line.kind === "rule" && !line.broken && !line.skipped) this.readLine(line);
    }
  }

  private declare({ name, policy }: ChainDeclaration): void {
    if (!name) return;
    if (this.chains.isBuiltin(name.text)) {
      if (policy) this.checkPolicy(policy);
      return;
    }
    const before = this.chains.get(name.text)?.declared;
    if (before) this.declaredTwice(name, before);
    else this.checkName(name);
    this.chains.declare(name);
  }

  private declaredTwice(name: Word, { start, end }: Word): void {
    const why = "the legacy build refuses that, and the nft build empties it here";
    this.findings.push(
      warning("duplicateChain", name, `The chain \`${name.text}\` is declared twice: ${why}. Remove this line.`, {
        related: [{ span: { start, end }, message: "It is declared here first." }],
      }),
    );
  }

  private checkName(name: Word): void {
    if (verdicts.has(name.text)) {
      const message = `A chain cannot be called \`${name.text}\`, which is a verdict: give it another name.`;
      this.report("badChainDeclaration", name, message);
    } else if (/^[-!]/.test(name.text)) {
      const message = `The nft build takes no chain whose name begins with \`${name.text[0]}\`: give it another name.`;
      this.findings.push(warning("badChainDeclaration", name, message));
    }
  }

  private checkPolicy(policy: Word): void {
    if (policies.some(({ word }) => word === policy.text)) return;
    const { hint, fixes } = suggestion(policy, nearest(policy.text, ["ACCEPT", "DROP"]));
    const message = `\`${policy.text}\` is no policy: a built-in chain's is \`ACCEPT\` or \`DROP\`.${hint}`;
    this.report("badChainDeclaration", policy, message, fixes);
  }

  private readLine(line: RuleLine): void {
    const state = (line.traits & traits.appends) === 0 ? undefined : this.chains.get(line.chain);
    if (state) this.readAppended(line, state);
    else this.readCommandLine(line);
  }

  /** Nearly every line: a rule behind the others of a chain that is there. */
  private readAppended(line: RuleLine, chain: ChainState): void {
    const target = this.readJump(line);
    chain.rules += copies(line);
    if (target !== undefined) noteJump(chain, target);
  }

  private readCommandLine(line: RuleLine): void {
    const { command } = line.main;
    const name = command?.value;
    const letter = command?.command?.letter;
    const chain = name && this.chains.get(name.text);
    if (letter === "N" && name) this.newChain(name);
    else if (name && !chain) this.missingChain(name);
    else if (letter === "F") this.chains.flush(name?.text);
    else if (letter === "X" && command) this.removeChain(command, name);
    else if (name) this.changeChain(letter, name, command?.more[0]);
    if (command?.command?.rest === "rule" && name) this.readRule(line, letter, chain);
  }

  private changeChain(letter: string | undefined, name: Word, more: Word | undefined): void {
    if (!more) return;
    if (letter === "P") this.setPolicy(name, more);
    else if (letter === "E") this.chains.declare(more);
    else this.checkNumber(letter, name, more);
  }

  private newChain(name: Word): void {
    const target = allTargets.some(({ word }) => word === name.text);
    if (this.chains.get(name.text)) {
      this.report("duplicateChain", name, `The chain \`${name.text}\` is there already: remove this line.`);
      return;
    }
    if (target || /^[-!]/.test(name.text)) {
      const why = target ? `\`${name.text}\`, which is a target` : `a name that begins with \`${name.text[0]}\``;
      this.report("badChainDeclaration", name, `A chain cannot have ${why}: give it another name.`);
    }
    this.chains.declare(name);
  }

  private removeChain(command: OptionNode, name: Word | undefined): void {
    const used = this.chains.inUse(name?.text);
    if (name && this.chains.get(name.text)?.builtin) {
      this.report("chainInUse", name, `\`${name.text}\` is a built-in chain and cannot be removed.`);
    } else if (used !== undefined) {
      const what = `The chain \`${used}\` still has rules or a jump to it at this point, so it cannot be removed`;
      this.report("chainInUse", name ?? command, `${what}: empty it with \`-F\` before, and take the jumps away.`);
    }
    this.chains.remove(name?.text);
  }

  private setPolicy(name: Word, policy: Word): void {
    if (this.chains.isBuiltin(name.text)) this.checkPolicy(policy);
    else {
      this.report("policyOnUserChain", policy, "Only built-in chains have a policy: let the chain's last rule decide.");
    }
  }

  /** Rules are counted from 1; `-I` may also go one behind the last. */
  private checkNumber(letter: string | undefined, chain: Word, number: Word): void {
    const behind = reach[letter ?? ""];
    const rules = this.chains.get(chain.text)?.rules ?? 0;
    if (behind === undefined || Number(number.text) <= rules + behind) return;
    const holds = rules === 0 ? "no rules" : rules === 1 ? "one rule" : `${rules} rules`;
    const message = `The chain \`${chain.text}\` holds ${holds} at this point: there is no place ${number.text}.`;
    this.report("badValue", number, message);
  }

  private readRule(line: RuleLine, letter: string | undefined, chain: ChainState | undefined): void {
    const target = this.readJump(line);
    if (!chain || letter === "C") return;
    if (letter === "A" || letter === "I") {
      chain.rules += copies(line);
      if (target !== undefined) noteJump(chain, target);
    } else {
      if (letter === "D") chain.rules = Math.max(0, chain.rules - 1);
      chain.jumps = [];
    }
  }

  /** The chain that a rule goes on in, once it is known to be there. */
  private readJump(line: RuleLine): string | undefined {
    const name = line.lead?.name;
    if (name === undefined) return undefined;
    const chain = this.chains.get(name);
    if (!chain || chain.builtin) this.refuseJump(line.main.jump, chain);
    return chain && name;
  }

  private refuseJump(by: OptionNode | undefined, chain: ChainState | undefined): void {
    const name = by?.value;
    if (!name) return;
    if (!chain) this.missingTarget(by, name);
    else {
      const message = `\`${name.text}\` is a built-in chain, which only the kernel calls: jump to a chain of your own.`;
      this.report("undefinedChain", name, message);
    }
  }

  private missingTarget(by: OptionNode, name: Word): void {
    const goto = by.option?.letter === "g";
    if (this.comesLater(name) || madeElsewhere(name.text)) return;
    if (goto && allTargets.some(({ word }) => word === name.text)) this.gotoTarget(by, name);
    else {
      const known = goto ? this.chains.names() : [...this.chains.names(), ...this.targetNames()];
      const { hint, fixes } = suggestion(name, this.nearName(name, known));
      const what = goto ? "no chain of the table" : "neither a target nor a chain of the table";
      const message = `\`${name.text}\` is ${what} \`${this.table}\`: ${declareBefore(name)}.${hint}`;
      this.report(goto ? "undefinedChain" : "unknownTarget", name, message, this.orDeclare(name, fixes));
    }
  }

  /** A name to offer, for the first of many missing chains: to compare thousands with thousands takes too long. */
  private nearName({ text }: Word, known: Iterable<string>): string | undefined {
    return this.findings.length < mostOffers ? nearest(text, known) : undefined;
  }

  private targetNames(): string[] {
    return allTargets.filter(({ families }) => !families || families.includes(this.family)).map(({ word }) => word);
  }

  private gotoTarget({ word }: OptionNode, name: Word): void {
    const edits = [{ span: { start: word.start, end: word.end }, text: "-j" }];
    const message = `\`-g\` goes on in a chain, and \`${name.text}\` is a target: write \`-j ${name.text}\`.`;
    this.report("undefinedChain", name, message, [{ title: "Change to `-j`", edits, preferred: true }]);
  }

  private missingChain(name: Word): void {
    if (this.comesLater(name) || madeElsewhere(name.text)) return;
    const { hint, fixes } = suggestion(name, this.nearName(name, this.chains.names()));
    const message = `The table \`${this.table}\` has no chain \`${name.text}\`: ${declareBefore(name)}.${hint}`;
    this.report("undefinedChain", name, message, this.orDeclare(name, fixes));
  }

  /** The fixes at hand, and one that declares the chain. */
  private orDeclare({ text }: Word, fixes: readonly Fix[] = []): readonly Fix[] {
    if (!/^[^\s"'\\:!-][^\s"'\\]{0,27}$/.test(text)) return fixes;
    const edits = [{ span: { start: this.declareAt, end: this.declareAt }, text: `\n:${text} - [0:0]` }];
    return [...fixes, { title: `Declare the chain \`${text}\``, edits }];
  }

  /** Tells of a chain that is declared too far down. */
  private comesLater(name: Word): boolean {
    const later = this.declarations.get(name.text);
    if (!later || later.start < name.start) return false;
    const why = "the tools read from first to last: move its declaration up";
    this.findings.push(
      error("undefinedChain", name, `The chain \`${name.text}\` is declared only after this line, and ${why}.`, {
        related: [{ span: { start: later.start, end: later.end }, message: "It is declared here." }],
      }),
    );
    return true;
  }

  private report(code: string, place: Word | OptionNode, message: string, fixes?: Finding["fixes"]): void {
    this.findings.push(error(code, place, message, withFixes(fixes)));
  }
}

/** How far behind the last rule a command's number may reach. */
const reach: Readonly<Record<string, number>> = { I: 1, R: 0, D: 0 };

/** After so many findings no name is offered any more. */
const mostOffers = 50;

const verdicts = new Set(["ACCEPT", "DROP", "RETURN", "QUEUE"]);

/** The end of the section's last declaration in front of its rules, else of its `*table` line. */
function endOfDeclarations({ star, name, lines }: TableSection): number {
  const firstRule = lines.findIndex(({ kind }) => kind === "rule");
  const head = firstRule === -1 ? lines : lines.slice(0, firstRule);
  return (head.findLast(({ kind }) => kind === "chain") ?? name ?? star).end;
}

function declareBefore({ text }: Word): string {
  return `declare the chain with \`:${text} - [0:0]\` before this line`;
}

/** ufw makes its chains itself before it loads its files, which refer to each other's. */
function madeElsewhere(name: string): boolean {
  return /^ufw6?-/.test(name);
}

/** How many rules the tools make of one line: one for each pair of addresses. */
function copies(line: RuleLine): number {
  let count = 1;
  if ((line.traits & traits.several) === 0) return count;
  for (const { option, value } of line.options) {
    const several =
      value !== undefined && (option?.letter === "s" || option?.letter === "d") && value.text.includes(",");
    if (several) count *= value.text.split(",").length;
  }
  return count;
}
