import { resolved, type Variables } from "../../model/nft/variables.js";
import type { Action, Chain, Condition, Rule } from "../../model/ruleset.js";
import { statementsOf } from "../../model/written.js";
import type * as nft from "../../syntax/nft/nodes.js";
import { Rule as RuleNode } from "../../syntax/nft/ruleNode.js";
import { conditionKey } from "../conditions.js";
import { Runs } from "../runs.js";
import { ExpressionKeys, typeNamed, verdictKey } from "./expressions.js";

/** What a rule does, and whether all of it was understood. */
export interface RuleKey {
  readonly key: string;
  readonly certain: boolean;
}

/** Writes rules of nftables so that all spellings of one rule come out the same. */
export class RuleKeys {
  readonly expressions: ExpressionKeys;

  constructor(
    private readonly variables: Variables,
    /** The chain of a `jump { ... }`. */
    private readonly anonymous: (node: nft.AnonymousChain) => Chain | undefined,
  ) {
    this.expressions = new ExpressionKeys(variables);
  }

  rule(rule: Rule): RuleKey {
    const runs = new Runs();
    const writer = new StatementKeys(this, rule, runs, this.variables, this.anonymous);
    for (const statement of statementsOf(rule)) writer.write(statement);
    return { key: runs.key(), certain: runs.certain };
  }
}

class StatementKeys {
  private readonly expressions: ExpressionKeys;

  constructor(
    private readonly keys: RuleKeys,
    private readonly rule: Rule,
    private readonly runs: Runs,
    private readonly variables: Variables,
    private readonly anonymous: (node: nft.AnonymousChain) => Chain | undefined,
  ) {
    this.expressions = keys.expressions;
  }

  write(statement: nft.Statement): void {
    this.imply(statement);
    if (statement.kind === "match") {
      for (const condition of this.conditionsAt(statement))
        if (!this.ask(condition)) this.runs.ask(this.comparison(statement));
      return;
    }
    const deed = this.deed(statement);
    if (deed !== undefined) this.runs.act(deed);
  }

  private deed(statement: Exclude<nft.Statement, nft.Match>): string | undefined {
    const { expressions } = this;
    switch (statement.kind) {
      case "counter":
      case "last":
        return statement.kind;
      case "verdict":
        return statement.verdict === "continue" ? undefined : statement.verdict;
      case "jump":
        return verdictKey(statement, (jump) => this.target(jump));
      case "vmap":
        return `${expressions.key(statement.key)} vmap ${expressions.mapping(statement.key, statement.mapping)}`;
      case "assignment":
        return this.assignment(statement);
      case "log":
        return `log ${this.logOptions(statement).join(" ")}`;
      case "reject":
        return `reject ${this.answer(statement)}`;
      case "nat":
      case "tproxy":
        return this.translation(statement);
      case "queue":
        return `queue ${statement.number ? expressions.key(statement.number, [integer]) : "0"} ${words(statement.flags)}`;
      default:
        return this.stateful(statement);
    }
  }

  private stateful(statement: Exclude<nft.Statement, nft.Match>): string {
    switch (statement.kind) {
      case "limit":
        return limitKey(statement);
      case "quota":
        return `quota ${statement.mode?.text ?? "until"} ${bytesOf(statement.amount)}`;
      case "connectionLimit":
        return `ct count ${statement.mode?.text ?? "until"} ${statement.count.value}`;
      case "objectReference":
        return `${statement.type} ${this.expressions.key(statement.object)}`;
      case "setStatement":
        return `${statement.operation} ${this.expressions.key(statement.set)} { ${this.plain(statement.element)} }`;
      case "meter":
        return `meter ${statement.name.text} { ${this.part(statement.key)} ${this.part(statement.statement)} }`;
      case "unknownStatement":
      case "xt":
        this.runs.certain = false;
        return this.plain(statement);
      default:
        return this.plain(statement);
    }
  }

  // ------------------------------------------------------------------------------------------ conditions

  private conditionsAt({ start }: nft.Statement): Condition[] {
    return this.rule.parts.flatMap((part) => (part.kind === "condition" && part.start === start ? [part] : []));
  }

  /** What nft asks by itself before the statement; asking it in one's own words is the same. */
  private imply(statement: nft.Statement): void {
    if (statement.kind === "match") return;
    const family = "family" in statement ? statement.family : undefined;
    if (statement.kind === "nat" && !family) return;
    for (const condition of this.conditionsAt(statement)) this.ask(condition);
  }

  private ask(condition: Condition): boolean {
    const asked = commonField(condition, this.rule.chain.table.family);
    if (asked === "always") return true;
    const key = conditionKey(asked);
    if (key !== undefined) this.runs.ask(key);
    return key !== undefined;
  }

  private comparison({ left, operator, right }: nft.Match): string {
    const types = this.expressions.typesOf(left);
    return `${this.expressions.key(left)} ${signs[operator?.text ?? ""] ?? operator?.text} ${this.expressions.key(right, types)}`;
  }

  // ------------------------------------------------------------------------------------------ deeds

  private target({ target }: nft.Jump): string {
    if (target.kind === "anonymousChain") {
      const rules = this.anonymous(target)?.rules ?? [];
      return `{ ${rules.map((rule) => this.keys.rule(rule).key).join(" | ")} }`;
    }
    if (target.kind === "name") return target.text;
    const value = resolved(target, this.variables);
    return value?.kind === "symbol" ? value.name : value?.kind === "string" ? value.value : "?";
  }

  private assignment(statement: nft.Assignment): string {
    const action = this.rule.parts.find(
      (part): part is Action => part.kind === "action" && part.start === statement.start,
    );
    if (action?.do === "setMark" && action.value !== "opaque") {
      const { target, clear, value } = action;
      const written = "constant" in value ? `${value.constant}` : `${value.from}&${value.mask}`;
      return `set ${target} mark ~${clear >>> 0} ^ ${written}`;
    }
    const types = this.expressions.typesOf(statement.target);
    return `${this.expressions.key(statement.target)} set ${this.assigned(statement.value, types)}`;
  }

  private assigned(expression: nft.Expression, types: Parameters<ExpressionKeys["key"]>[1]): string {
    const value = resolved(expression, this.variables);
    if (value?.kind !== "map") return this.expressions.key(expression, types);
    return `${this.expressions.key(value.key)} map ${this.expressions.mapping(value.key, value.mapping, types)}`;
  }

  private logOptions({ options }: nft.Log): string[] {
    return options
      .map(({ name, values }) => {
        const written = values.map((value) => (value.kind === "word" ? value.text : this.expressions.key(value)));
        return `${name.text} ${written.sort().join(",")}`;
      })
      .filter((option) => option !== "level warn" && option !== "level warning")
      .sort();
  }

  private answer({ protocol, code }: nft.Reject): string {
    if (protocol?.text === "tcp") return "tcp reset";
    if (!protocol || !code) return "port";
    const number = this.expressions.key(code, [typeNamed(`${protocol.text}_code`)]);
    return usualCodes[protocol.text] === number ? "port" : `${protocol.text} ${number}`;
  }

  /** The version of IP follows from the address or the rule's own conditions, and may be left out. */
  private translation(statement: nft.Nat | nft.Tproxy): string {
    const { address, port } = statement;
    const flags = statement.kind === "nat" ? words(statement.flags) : "";
    const verb = statement.kind === "nat" ? statement.type : statement.kind;
    const to = address ? this.assigned(address, this.addressTypes(statement)) : "";
    const at = port ? `:${this.assigned(port, [typeNamed("inet_service")])}` : "";
    return `${verb} ${to}${at} ${flags}`.trim();
  }

  private addressTypes({ address, family }: nft.Nat | nft.Tproxy): ReturnType<typeof typeNamed>[] {
    const version =
      family?.text ?? (this.rule.chain.table.family === "inet" ? undefined : this.rule.chain.table.family);
    const value = address && resolved(address, this.variables);
    const six = version === "ip6" || (version === undefined && value?.kind === "symbol" && value.name.includes(":"));
    return [typeNamed(six ? "ipv6_addr" : "ipv4_addr"), typeNamed("inet_service")];
  }

  /** A node part by part: words as they are, values in their one spelling. */
  private plain(node: nft.NftNode): string {
    const parts: string[] = [];
    for (const [name, value] of Object.entries(node instanceof RuleNode ? node.content : node)) {
      if (name === "kind" || name === "start" || name === "end") continue;
      for (const part of Array.isArray(value) ? value : [value]) {
        if (isNode(part)) parts.push(this.part(part));
        else if (part !== undefined) parts.push(`${part}`);
      }
    }
    return `${node.kind} ${parts.join(" ")}`;
  }

  private part(node: nft.NftNode): string {
    if (node.kind === "word" || node.kind === "name") return (node as nft.Word).text;
    if (node.kind === "counter" || node.kind === "last") return node.kind;
    if (node.kind === "comment") return "";
    if (node.kind === "limit") return limitKey(node as nft.Limit);
    if (node.kind === "option") return this.option(node as nft.Option);
    return expressionKinds.has(node.kind) ? this.expressions.key(node as nft.Expression) : this.plain(node);
  }

  private option({ name, values }: nft.Option): string {
    const types = name.text === "timeout" || name.text === "expires" ? [typeNamed("time")] : [];
    return `${name.text} ${values.map((value) => (value.kind === "word" ? value.text : this.expressions.key(value, types))).join(" ")}`;
  }
}

const integer = typeNamed("integer");

const expressionKinds: ReadonlySet<string> = new Set([
  ...["symbol", "string", "template", "number", "variable", "setReference", "wildcard", "prefix", "range", "list"],
  ...["concatenation", "setLiteral", "map", "binary", "maskedFlags", "verdictValue", "payload", "rawPayload"],
  ...["exthdr", "tcpOption", "ipOption", "sctpChunk", "dccpOption", "inner", "meta", "ct", "rt", "socket", "osf"],
  ...["fib", "ipsec", "numgen", "hash", "tunnelKey"],
]);

const signs: Readonly<Record<string, string>> = {
  "": "==",
  ...{ eq: "==", ne: "!=", neq: "!=", lt: "<", le: "<=", lte: "<=", gt: ">", ge: ">=", gte: ">=", not: "!" },
};

/** The numbers of `port-unreachable`, which a bare `reject` sends. */
const usualCodes: Readonly<Record<string, string>> = { icmp: "3", icmpv6: "4", icmpx: "1" };

/** Fields that a listing swaps for each other: the protocol asked of a header, or of what was read of it. */
const commonFields: Readonly<Record<string, string>> = {
  "ip protocol": "meta l4proto",
  "ip6 nexthdr": "meta l4proto",
  "ether type": "meta protocol",
};

const versions: Readonly<Record<string, bigint>> = { "2048": 2n, "34525": 10n };
const familyVersion: Readonly<Record<string, string>> = { ip: "meta nfproto == 2-2", ip6: "meta nfproto == 10-10" };

function commonField(condition: Condition, family: string): Condition | "always" {
  let asked = condition;
  const field = commonFields[condition.field];
  if (field) asked = { ...asked, field };
  const [only] = asked.values.kind === "ranges" ? asked.values.ranges : [];
  const version = only && only.from === only.to ? versions[`${only.from}`] : undefined;
  if (asked.field === "meta protocol" && version !== undefined && ["ip", "ip6", "inet"].includes(family))
    asked = { ...asked, field: "meta nfproto", values: { kind: "ranges", ranges: [{ from: version, to: version }] } };
  const always = familyVersion[family];
  return always !== undefined && conditionKey(asked) === always ? "always" : asked;
}

function limitKey({ mode, rate, unit, per, burst }: nft.Limit): string {
  const amount = rate.value * (sizes[unit?.text ?? ""] ?? 1n);
  const most = burst ? bytesOf(burst) : unit ? 0n : 5n;
  return `limit ${mode?.text ?? "until"} ${amount}${unit ? " bytes" : ""}/${per.text} burst ${most}`;
}

const sizes: Readonly<Record<string, bigint>> = { kbytes: 1024n, mbytes: 1_048_576n };

/** An amount in bytes, or packets. */
export function bytesOf({ value, unit }: nft.Amount): bigint {
  return value.value * (sizes[unit.text] ?? 1n);
}

function words(found: readonly nft.Word[]): string {
  return found
    .map(({ text }) => text)
    .sort()
    .join(",");
}

function isNode(value: unknown): value is nft.NftNode {
  return typeof value === "object" && value !== null && "kind" in value && "start" in value;
}
