import type { SyntaxNode, Tree } from "../tree.js";
import type { Rule } from "./ruleNode.js";

export type { Rule } from "./ruleNode.js";

/**
 * The tree of an nftables file. Every node is discriminated by `kind`, carries its own span, and holds its parts as
 * properties in the order in which they stand in the text.
 *
 * Statements, expressions and settings are complete: what cannot be read is one `UnknownStatement`, `UnknownItem` or
 * `UnknownCommand`, whose error stands in the tree's `errors`. Only blocks (tables, chains, sets, objects) are kept half-typed,
 * their name or braces then `undefined`. Any other `undefined` is a part that the language leaves to choice.
 *
 * Nothing is looked up here: a `Name` may name nothing, a `Word` may be none of the catalogue's.
 */
export interface NftNode extends SyntaxNode {
  readonly kind: string;
}

export type NftTree = Tree<File>;

/** A fixed or enumerated word of the language: `filter`, `saddr`, `dormant`. Its text as written. */
export interface Word extends NftNode {
  readonly kind: "word";
  readonly text: string;
}

/** What a person named: a table, chain, set, object, or a variable without its `$`. */
export interface Name extends NftNode {
  readonly kind: "name";
  readonly text: string;
}

/** A whole rules file. */
export interface File extends NftNode {
  readonly kind: "file";
  readonly items: readonly FileItem[];
}

export type FileItem = Definition | Include | Declaration | RuleCommand | ElementCommand | Command | UnknownCommand;

/** Things that a file declares, as a block or on one line. */
export type Declaration = Table | Chain | SetDeclaration | Flowtable | ObjectDeclaration;

// ---------------------------------------------------------------------------------------------- file level

/** `define x = ...`, `redefine x = ...`, `undefine x`; allowed at file level and in every block. */
export interface Definition extends NftNode {
  readonly kind: "definition";
  readonly verb: Word;
  readonly name: Name;
  /** Absent for `undefine`. */
  readonly value: Expression | undefined;
}

/** `include "path or glob"`. */
export interface Include extends NftNode {
  readonly kind: "include";
  readonly path: StringLiteral;
}

/** What precedes a name on one-line forms: `ip6 filter` in `add chain ip6 filter input`. */
export interface TableReference extends NftNode {
  readonly kind: "tableReference";
  readonly family: Word | undefined;
  /** Absent where a family alone stands, as in `list chains ip6`. */
  readonly name: Name | undefined;
}

/** `handle 5`, `position 5` or `index 5`. */
export interface Position extends NftNode {
  readonly kind: "position";
  readonly by: Word;
  readonly value: NumberLiteral;
}

/**
 * A rule on one line: `add rule ip t c ...`, `insert rule ... position 4 ...`, `replace rule ... handle 4 ...`, `rule ip t c ...`;
 * also `delete rule ... handle 4`, `reset rule ...`, which have no `rule`.
 */
export interface RuleCommand extends NftNode {
  readonly kind: "ruleCommand";
  /** `add`, `create`, `insert`, `replace`, `delete`, `destroy`, `reset`; absent where the line starts with `rule`. */
  readonly verb: Word | undefined;
  readonly table: TableReference;
  readonly chain: Name;
  readonly position: Position | undefined;
  readonly rule: Rule | undefined;
}

/** `add|create|delete|destroy|get|reset element ip t s { ... }` and `element ip t s { ... }`. */
export interface ElementCommand extends NftNode {
  readonly kind: "elementCommand";
  readonly verb: Word | undefined;
  readonly table: TableReference;
  readonly set: Name;
  readonly elements: SetLiteral | Variable;
}

/** A line that could not be read as a command. */
export interface UnknownCommand extends NftNode {
  readonly kind: "unknownCommand";
}

/** What could not be read inside a block. */
export interface UnknownItem extends NftNode {
  readonly kind: "unknownItem";
}

/**
 * Every other command: `flush ruleset`, `delete chain ip t c`, `list sets inet`, `rename chain t a b`, `reset counters`,
 * `monitor new rules`, `describe ip saddr`, `import`, `export` ...
 */
export interface Command extends NftNode {
  readonly kind: "command";
  readonly verb: Word;
  /** What it is about, as one or two words: `ruleset`, `chain`, `ct helper`, `flowtables`, `hooks`. */
  readonly object: readonly Word[];
  /** Present where a table stands or where a family alone stands (then without name). */
  readonly table: TableReference | undefined;
  readonly name: Name | undefined;
  /** The new name of `rename`. */
  readonly newName: Name | undefined;
  readonly handle: Position | undefined;
  /** What `describe` is asked about. */
  readonly expression: Expression | undefined;
  /** `eth0` of `list hooks device eth0`, and the words of `monitor`. */
  readonly operands: readonly (Word | Expression)[];
  /** What stands between braces after `delete chain` or `delete flowtable`: devices to be taken away. */
  readonly items: readonly (ChainItem | FlowtableItem)[];
}

// ---------------------------------------------------------------------------------------------- tables and chains

/** `table ip t { ... }`, `add table ip t`, `create table ip t { flags dormant; }`. */
export interface Table extends NftNode {
  readonly kind: "table";
  /** `add` or `create` where the one-line form has one. */
  readonly verb: Word | undefined;
  readonly family: Word | undefined;
  readonly name: Name | undefined;
  /** From `{` to `}`; absent in `add table t`. */
  readonly body: Block | undefined;
  readonly items: readonly TableItem[];
}

/** The braces of a block: where it folds. */
export interface Block {
  readonly open: number;
  /** Offset just past `}`; the text's end where it is missing. */
  readonly close: number;
}

export type TableItem =
  | Chain
  | SetDeclaration
  | Flowtable
  | ObjectDeclaration
  | Flags
  | Comment
  | Definition
  | Include
  | UnknownItem;

/** `chain c { ... }` in a table, `add chain ip t c { type ... }`, `chain ip t c { ... }` at file level. */
export interface Chain extends NftNode {
  readonly kind: "chain";
  readonly verb: Word | undefined;
  /** Present at file level only: inside a table block the block's own table is meant. */
  readonly table: TableReference | undefined;
  readonly name: Name | undefined;
  readonly body: Block | undefined;
  readonly items: readonly ChainItem[];
}

export type ChainItem =
  | HookDeclaration
  | Policy
  | Devices
  | Flags
  | Comment
  | Rule
  | Definition
  | Include
  | UnknownItem;

/** `type filter hook input device eth0 priority filter + 10`. */
export interface HookDeclaration extends NftNode {
  readonly kind: "hookDeclaration";
  /** Absent in a flowtable, which has `hook ingress priority 0` only. */
  readonly type: Word | undefined;
  readonly hook: Word;
  /** From `device eth0` or `devices = { eth0, $x }`: a list in both forms, or one variable. */
  readonly devices: List | Variable | undefined;
  readonly priority: Priority;
}

/** What follows `priority`: `0`, `-150`, `filter`, `filter + 10`, `$x`. */
export interface Priority extends NftNode {
  readonly kind: "priority";
  readonly base: Word | NumberLiteral | Variable;
  /** -1 for a number with a minus sign in front of it. */
  readonly sign: 1 | -1;
  /** Of `name + 10` or `name - 10`, with its sign. */
  readonly offset: PriorityOffset | undefined;
}

export interface PriorityOffset extends NftNode {
  readonly kind: "priorityOffset";
  readonly sign: 1 | -1;
  readonly value: NumberLiteral;
}

/** `policy drop`. */
export interface Policy extends NftNode {
  readonly kind: "policy";
  readonly value: Word | Variable;
}

/** `devices = { eth0, eth1 }` of a flowtable, or of a chain to which devices are added. */
export interface Devices extends NftNode {
  readonly kind: "devices";
  /** A `List` of symbols, strings and variables, or one variable. */
  readonly value: List | Variable;
}

/** `flags dormant, owner`. */
export interface Flags extends NftNode {
  readonly kind: "flags";
  readonly flags: readonly Word[];
}

/** `comment "text"` of a table, chain, set, object, rule or element. */
export interface Comment extends NftNode {
  readonly kind: "comment";
  readonly text: StringLiteral | Word;
}

// ---------------------------------------------------------------------------------------------- sets, maps, flowtables, objects

/** `set s { ... }` or `map m { ... }`, in a table or as `add set ip t s { ... }`; `meter` in old listings. */
export interface SetDeclaration extends NftNode {
  readonly kind: "setDeclaration";
  readonly verb: Word | undefined;
  /** `set`, `map` or `meter`. */
  readonly keyword: Word;
  readonly table: TableReference | undefined;
  readonly name: Name | undefined;
  readonly body: Block | undefined;
  readonly items: readonly SetItem[];
}

export type SetItem =
  | SetType
  | SetTypeof
  | Flags
  | Setting
  | Elements
  | Comment
  | StatefulStatement
  | Definition
  | Include
  | UnknownItem;

/** `type ipv4_addr . inet_service : verdict`, `type ipv4_addr : interval ipv4_addr`, `type inet_service : counter`. */
export interface SetType extends NftNode {
  readonly kind: "setType";
  /** The parts of the key, one for each name between dots. */
  readonly key: readonly Word[];
  readonly interval: Word | undefined;
  /** What a map gives: names of types, or of one object (`counter`, `ct helper` as two words in `objectType`). */
  readonly value: readonly Word[];
  /** `counter`, `quota`, `limit`, `secmark`, `synproxy`, `ct helper` ...: an object map. */
  readonly objectType: string | undefined;
}

/** `typeof ip saddr . tcp dport : meta mark`. */
export interface SetTypeof extends NftNode {
  readonly kind: "setTypeof";
  readonly key: Expression;
  readonly interval: Word | undefined;
  readonly value: Expression | Word | undefined;
  readonly objectType: string | undefined;
}

/**
 * A word with its values: `timeout 1h`, `gc-interval 10s`, `size 65536`, `policy memory`, `auto-merge` of a set, `counter` of a
 * flowtable, `protocol tcp`, `l3proto ip`, `type "ftp"`, `dport 21`, `ip saddr 10.0.0.1`, `policy = { established : 1h }` of an object.
 */
export interface Setting extends NftNode {
  readonly kind: "setting";
  readonly name: Word;
  readonly values: readonly (Expression | Word)[];
  /** Settings between braces: `erspan { version 2 }` of a tunnel. */
  readonly items: readonly (Setting | Definition | Include | UnknownItem)[];
}

/** `elements = { ... }`. */
export interface Elements extends NftNode {
  readonly kind: "elements";
  readonly value: Expression;
}

/** `flowtable f { hook ingress priority 0; devices = { ... }; flags offload; counter; }`. */
export interface Flowtable extends NftNode {
  readonly kind: "flowtable";
  readonly verb: Word | undefined;
  readonly table: TableReference | undefined;
  readonly name: Name | undefined;
  readonly body: Block | undefined;
  readonly items: readonly FlowtableItem[];
}

export type FlowtableItem = HookDeclaration | Devices | Flags | Setting | Comment | Definition | Include | UnknownItem;

/** A stateful object, in a table or by `add counter ip t c ...`. */
export interface ObjectDeclaration extends NftNode {
  readonly kind: "objectDeclaration";
  readonly verb: Word | undefined;
  readonly type: ObjectType;
  readonly keyword: readonly Word[];
  readonly table: TableReference | undefined;
  readonly name: Name | undefined;
  readonly body: Block | undefined;
  readonly items: readonly ObjectItem[];
}

export type ObjectType =
  | "counter"
  | "quota"
  | "limit"
  | "ct helper"
  | "ct timeout"
  | "ct expectation"
  | "secmark"
  | "synproxy"
  | "tunnel";

export type ObjectItem =
  | Counter
  | Quota
  | Limit
  | Synproxy
  | Setting
  | Comment
  | StringLiteral
  | SymbolExpression
  | Definition
  | Include
  | UnknownItem;

// ---------------------------------------------------------------------------------------------- statements

export type Statement =
  | Verdict
  | Jump
  | VerdictMap
  | Match
  | Assignment
  | StatefulStatement
  | Log
  | Reject
  | Nat
  | Tproxy
  | Queue
  | Dup
  | Forward
  | Notrack
  | FlowAdd
  | Synproxy
  | ObjectReference
  | SetStatement
  | Meter
  | ResetOption
  | XtStatement
  | UnknownStatement;

/** Statements that keep state of their own, also allowed in set elements. */
export type StatefulStatement = Counter | Quota | Limit | ConnectionLimit | Last;

/** `accept`, `drop`, `continue`, `return`. */
export interface Verdict extends NftNode {
  readonly kind: "verdict";
  readonly verdict: "accept" | "drop" | "continue" | "return";
}

/** `jump c`, `goto c`, `jump $c`, `jump { ... }`. */
export interface Jump extends NftNode {
  readonly kind: "jump";
  readonly verb: "jump" | "goto";
  readonly target: Name | Variable | AnonymousChain;
}

/** The block of `jump { ... }`: rules only. */
export interface AnonymousChain extends NftNode {
  readonly kind: "anonymousChain";
  readonly items: readonly (Rule | Definition | Include | UnknownItem)[];
}

/** `tcp dport vmap { 22 : accept }`. */
export interface VerdictMap extends NftNode {
  readonly kind: "vmap";
  readonly key: Expression;
  readonly mapping: Expression;
}

/** A comparison. `operator` is absent where it is implied (`tcp dport 22`). */
export interface Match extends NftNode {
  readonly kind: "match";
  readonly left: Expression;
  /** As written: `==`, `!=`, `eq`, `ne`, `<`, `lt`, `!` ... */
  readonly operator: Word | undefined;
  readonly right: Expression;
}

/** `meta mark set 1`, `ct mark set ...`, `ip dscp set cs1`, `ct helper set "ftp"`, `tcp option maxseg size set 1`. */
export interface Assignment extends NftNode {
  readonly kind: "assignment";
  readonly target: Expression;
  readonly value: Expression;
}

/** `counter`, `counter packets 1 bytes 2`. A reference by name is an `ObjectReference`. */
export interface Counter extends NftNode {
  readonly kind: "counter";
  readonly packets: NumberLiteral | undefined;
  readonly bytes: NumberLiteral | undefined;
}

/** `quota over 10 mbytes used 5 kbytes`. */
export interface Quota extends NftNode {
  readonly kind: "quota";
  /** `over` or `until`. */
  readonly mode: Word | undefined;
  readonly amount: Amount;
  readonly used: Amount | undefined;
}

/** A number with its unit: `10 mbytes`. */
export interface Amount extends NftNode {
  readonly kind: "amount";
  readonly value: NumberLiteral;
  readonly unit: Word;
}

/** `limit rate over 10/minute burst 5 packets`; `limit rate 1 mbytes/second`. */
export interface Limit extends NftNode {
  readonly kind: "limit";
  readonly mode: Word | undefined;
  readonly rate: NumberLiteral;
  /** `bytes`, `kbytes` or `mbytes`; absent where packets are counted. */
  readonly unit: Word | undefined;
  /** `second`, `minute`, `hour`, `day`, `week`. */
  readonly per: Word;
  readonly burst: Amount | undefined;
}

/** `ct count over 10`. */
export interface ConnectionLimit extends NftNode {
  readonly kind: "connectionLimit";
  readonly mode: Word | undefined;
  readonly count: NumberLiteral;
}

/** `last`, `last used 5m`, `last used never`. */
export interface Last extends NftNode {
  readonly kind: "last";
  readonly used: Expression | undefined;
}

/** `log prefix "x" level warn flags tcp options group 2 snaplen 64 queue-threshold 10`. */
export interface Log extends NftNode {
  readonly kind: "log";
  readonly options: readonly Option[];
}

/** `reject with icmp type port-unreachable`, `reject with tcp reset`. */
export interface Reject extends NftNode {
  readonly kind: "reject";
  /** `icmp`, `icmpv6`, `icmpx`, `tcp`; absent in a bare `reject`. */
  readonly protocol: Word | undefined;
  /** The ICMP code; for `tcp` the word `reset`. */
  readonly code: Expression | undefined;
}

/** `snat`, `dnat`, `masquerade`, `redirect` with what they translate to. */
export interface Nat extends NftNode {
  readonly kind: "nat";
  readonly type: "snat" | "dnat" | "masquerade" | "redirect";
  /** `ip` or `ip6` after the keyword. */
  readonly family: Word | undefined;
  /** True for `ip addr . port to ...` and `ip interval to ...`, `ip prefix to ...`: the words between family and `to`. */
  readonly shape: readonly Word[];
  readonly address: Expression | undefined;
  readonly port: Expression | undefined;
  /** `random`, `fully-random`, `persistent`. */
  readonly flags: readonly Word[];
}

/** `tproxy ip to 127.0.0.1:3128`. */
export interface Tproxy extends NftNode {
  readonly kind: "tproxy";
  readonly family: Word | undefined;
  readonly address: Expression | undefined;
  readonly port: Expression | undefined;
}

/** `queue num 1-3 bypass,fanout`, `queue flags bypass to numgen inc mod 4`. */
export interface Queue extends NftNode {
  readonly kind: "queue";
  readonly number: Expression | undefined;
  readonly flags: readonly Word[];
}

/** `dup to 10.0.0.1 device "eth0"`. */
export interface Dup extends NftNode {
  readonly kind: "dup";
  readonly to: Expression;
  readonly device: Expression | undefined;
}

/** `fwd to "eth0"`, `fwd ip to 10.0.0.1 device "eth0"`. */
export interface Forward extends NftNode {
  readonly kind: "fwd";
  readonly family: Word | undefined;
  readonly to: Expression;
  readonly device: Expression | undefined;
}

/** `notrack`. */
export interface Notrack extends NftNode {
  readonly kind: "notrack";
}

/** `flow add @f`, `flow offload @f`. */
export interface FlowAdd extends NftNode {
  readonly kind: "flowAdd";
  readonly flowtable: Name;
}

/** `synproxy mss 1460 wscale 7 timestamp sack-perm`; in an object its settings stand on lines of their own. */
export interface Synproxy extends NftNode {
  readonly kind: "synproxy";
  readonly options: readonly Option[];
}

/** A word of a statement with its value where it has one: `prefix "x"`, `group 2`, `sack-perm`. */
export interface Option extends NftNode {
  readonly kind: "option";
  readonly name: Word;
  readonly values: readonly (Expression | Word)[];
}

/** `counter name "c"`, `quota name "q"`, `limit name "l"`, `ct helper set "h"`, `ct timeout set "t"`, `counter name ip saddr map { ... }`. */
export interface ObjectReference extends NftNode {
  readonly kind: "objectReference";
  readonly type: ObjectType;
  readonly keyword: readonly Word[];
  /** A `StringLiteral` or `Symbol` for a plain name, a `MapExpression` where a map chooses. */
  readonly object: Expression;
}

/** `add @s { ip saddr timeout 1m }`, `update @m { ip saddr : 1 }`, `delete @s { ... }`, old `set add ip saddr @s`. */
export interface SetStatement extends NftNode {
  readonly kind: "setStatement";
  readonly operation: "add" | "update" | "delete";
  readonly set: SetReference | Variable;
  readonly element: SetElement;
  /** True for the form `set add ip saddr @s`, in which the set comes after its element. */
  readonly old: boolean;
}

/** Old `meter m size 100 { ip saddr limit rate 1/second }`. */
export interface Meter extends NftNode {
  readonly kind: "meter";
  readonly name: Name;
  readonly size: NumberLiteral | undefined;
  readonly key: SetElement;
  readonly statement: Statement;
}

/** `reset tcp option maxseg`. */
export interface ResetOption extends NftNode {
  readonly kind: "resetOption";
  readonly option: TcpOption;
}

/** `xt target "MARK"`, `xt match "comment"` in listings of iptables-nft rulesets. */
export interface XtStatement extends NftNode {
  readonly kind: "xt";
  readonly type: Word;
  readonly name: StringLiteral | Word;
}

/** What could not be read as a statement; its error has been told. */
export interface UnknownStatement extends NftNode {
  readonly kind: "unknownStatement";
}

// ---------------------------------------------------------------------------------------------- expressions

export type Expression =
  | SymbolExpression
  | StringLiteral
  | Template
  | NumberLiteral
  | Variable
  | SetReference
  | Wildcard
  | Prefix
  | Range
  | List
  | Concatenation
  | SetLiteral
  | SetElement
  | MapExpression
  | Binary
  | MaskedFlags
  | VerdictValue
  | Selector;

/** Expressions that read something of the packet, its connection or the machine. */
export type Selector =
  | Payload
  | RawPayload
  | ExtensionHeader
  | TcpOption
  | IpOption
  | SctpChunk
  | DccpOption
  | Inner
  | Meta
  | Ct
  | Rt
  | Socket
  | Osf
  | Fib
  | Ipsec
  | Numgen
  | Hash
  | TunnelKey;

/** A bare word as a value: `established`, `eth0`, `10.0.0.1`, `ssh`, `fe80::1`, `1h`. */
export interface SymbolExpression extends NftNode {
  readonly kind: "symbol";
  readonly name: string;
}

/** A string in double quotes; `value` is what stands between them. */
export interface StringLiteral extends NftNode {
  readonly kind: "string";
  readonly value: string;
}

/** `"$net dropped: "`: the text of a log's prefix, with variables in it that nft puts the values of in their place. */
export interface Template extends NftNode {
  readonly kind: "template";
  /** As it is written, without the quotes. */
  readonly value: string;
  /** In order of place. One behind a `$` without a name has an empty name. */
  readonly variables: readonly Variable[];
}

/** A decimal or hexadecimal number. */
export interface NumberLiteral extends NftNode {
  readonly kind: "number";
  readonly value: bigint;
}

/** `$x`. */
export interface Variable extends NftNode {
  readonly kind: "variable";
  readonly name: Name;
}

/** `@s`. */
export interface SetReference extends NftNode {
  readonly kind: "setReference";
  readonly name: Name;
}

/** `*`, the catch-all element. */
export interface Wildcard extends NftNode {
  readonly kind: "wildcard";
}

/** `10.0.0.0/8`. */
export interface Prefix extends NftNode {
  readonly kind: "prefix";
  readonly base: Expression;
  readonly length: NumberLiteral;
}

/** `1-1024`. */
export interface Range extends NftNode {
  readonly kind: "range";
  readonly from: Expression;
  readonly to: Expression;
}

/** `new, established` or `syn | ack` is `Binary`; this is the comma. */
export interface List extends NftNode {
  readonly kind: "list";
  readonly items: readonly Expression[];
}

/** `ip saddr . tcp dport`. */
export interface Concatenation extends NftNode {
  readonly kind: "concatenation";
  readonly parts: readonly Expression[];
}

/** `{ 22, 80 }`: an anonymous set, an anonymous map where its elements have values, or the elements of a named one. */
export interface SetLiteral extends NftNode {
  readonly kind: "setLiteral";
  readonly elements: readonly Expression[];
}

/**
 * An element that has more than a key: a value, options or state. A bare key stands in `elements` as it is, so that a block list
 * of a hundred thousand addresses costs one node each.
 */
export interface SetElement extends NftNode {
  readonly kind: "element";
  readonly key: Expression;
  /** `timeout 1h`, `expires 5m`, `comment "x"`, `counter ...`, in order, before `:`. */
  readonly options: readonly (Option | Comment | StatefulStatement)[];
  /** What follows `:`. */
  readonly value: Expression | undefined;
  /** Options that follow the value. */
  readonly valueOptions: readonly (Option | Comment | StatefulStatement)[];
}

/** `ip saddr map { 10.0.0.1 : 1 }`, `... map @m`. */
export interface MapExpression extends NftNode {
  readonly kind: "map";
  readonly key: Expression;
  readonly mapping: Expression;
}

/** `&`, `|`, `^`, `<<`, `>>` and their words `and`, `or`, `xor`, `lshift`, `rshift`. */
export interface Binary extends NftNode {
  readonly kind: "binary";
  readonly operator: "&" | "|" | "^" | "<<" | ">>";
  readonly left: Expression;
  readonly right: Expression;
}

/** `syn / fin,syn`: the flags asked for, and those looked at. */
export interface MaskedFlags extends NftNode {
  readonly kind: "maskedFlags";
  readonly value: Expression;
  readonly mask: Expression;
}

/** A verdict as a value of an element or a variable: `accept`, `jump c`. */
export interface VerdictValue extends NftNode {
  readonly kind: "verdictValue";
  readonly verdict: Verdict | Jump;
}

/** `tcp dport`, `ip saddr`, `ether type`; `th dport` too. */
export interface Payload extends NftNode {
  readonly kind: "payload";
  readonly header: Word;
  /** Absent where a header alone stands (`vxlan` half-typed, `describe`). */
  readonly field: Word;
}

/** `@nh,0,8`. */
export interface RawPayload extends NftNode {
  readonly kind: "rawPayload";
  /** `ll`, `nh`, `th`, `ih`. */
  readonly base: Word;
  readonly offset: NumberLiteral;
  readonly length: NumberLiteral;
}

/** `frag id`, `rt0 addr[1]`, `exthdr hbh` (then without field: does it exist). */
export interface ExtensionHeader extends NftNode {
  readonly kind: "exthdr";
  readonly header: Word;
  readonly field: Word | undefined;
  readonly index: NumberLiteral | undefined;
}

/** `tcp option maxseg size`, `tcp option sack0 left`, `tcp option 42`, `tcp option @30,0,4`. */
export interface TcpOption extends NftNode {
  readonly kind: "tcpOption";
  readonly option: Word | NumberLiteral;
  readonly field: Word | undefined;
  /** Of `@number,offset,length`. */
  readonly raw: readonly NumberLiteral[] | undefined;
}

/** `ip option lsrr ptr`. */
export interface IpOption extends NftNode {
  readonly kind: "ipOption";
  readonly option: Word;
  readonly field: Word | undefined;
}

/** `sctp chunk data flags`. */
export interface SctpChunk extends NftNode {
  readonly kind: "sctpChunk";
  readonly chunk: Word;
  readonly field: Word | undefined;
}

/** `dccp option 40`. */
export interface DccpOption extends NftNode {
  readonly kind: "dccpOption";
  readonly option: NumberLiteral;
}

/** `vxlan ip saddr`: what is inside a tunnel. */
export interface Inner extends NftNode {
  readonly kind: "inner";
  /** `vxlan`, `geneve`, `gre`, `gretap`. */
  readonly tunnel: Word;
  readonly expression: Payload | TcpOption | IpOption | SctpChunk | DccpOption;
}

/** `meta mark`, and the bare keys `iif`, `mark`, `skuid` ... */
export interface Meta extends NftNode {
  readonly kind: "meta";
  readonly key: Word;
}

/** `ct state`, `ct original saddr`, `ct reply ip daddr`. */
export interface Ct extends NftNode {
  readonly kind: "ct";
  readonly direction: Word | undefined;
  readonly family: Word | undefined;
  readonly key: Word;
}

/** `rt classid`, `rt ip nexthop`. */
export interface Rt extends NftNode {
  readonly kind: "rt";
  readonly family: Word | undefined;
  readonly key: Word;
}

/** `socket mark`, `socket cgroupv2 level 1`. */
export interface Socket extends NftNode {
  readonly kind: "socket";
  readonly key: Word;
  readonly level: NumberLiteral | undefined;
}

/** `osf ttl loose name`. */
export interface Osf extends NftNode {
  readonly kind: "osf";
  readonly ttl: Word | undefined;
  readonly key: Word;
}

/** `fib saddr . iif oif`. */
export interface Fib extends NftNode {
  readonly kind: "fib";
  /** `saddr`, `daddr`, `mark`, `iif`, `oif`. */
  readonly flags: readonly Word[];
  /** `oif`, `oifname`, `type`, `check`. */
  readonly result: Word;
}

/** `ipsec in spnum 0 reqid`, `ipsec out ip saddr`. */
export interface Ipsec extends NftNode {
  readonly kind: "ipsec";
  readonly direction: Word;
  readonly spnum: NumberLiteral | undefined;
  readonly family: Word | undefined;
  readonly key: Word;
}

/** `numgen inc mod 4 offset 100`. */
export interface Numgen extends NftNode {
  readonly kind: "numgen";
  readonly mode: Word;
  readonly modulus: NumberLiteral;
  readonly offset: NumberLiteral | undefined;
}

/** `jhash ip saddr mod 4 seed 0x1 offset 2`, `symhash mod 4`. */
export interface Hash extends NftNode {
  readonly kind: "hash";
  readonly type: "jhash" | "symhash";
  readonly expression: Expression | undefined;
  readonly modulus: NumberLiteral;
  readonly seed: NumberLiteral | undefined;
  readonly offset: NumberLiteral | undefined;
}

/** `tunnel id`, `tunnel path`: of the tunnel that the packet came through. */
export interface TunnelKey extends NftNode {
  readonly kind: "tunnelKey";
  readonly key: Word;
}
