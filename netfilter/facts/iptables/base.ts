import type { Entry } from "../catalogue.js";
import type { IpFamily, Option, Value } from "./extension.js";

/** An option that every rule understands, whatever its matches and target. */
export interface BaseOption extends Option {
  /** Family whose restore alone takes it; both where absent. */
  readonly family?: IpFamily;
  /** The real tools refuse it in a restore file, for this reason. */
  readonly refused?: string;
}

/** A command with which a line of a restore file starts: `-A INPUT ...`. */
export interface LineCommand extends Entry {
  readonly kind: "command";
  /** Long name without dashes. */
  readonly name: string;
  readonly letter: string;
  /** `must` and `may` say whether a chain's name follows; `number` whether a rule's number follows the chain. */
  readonly chain: "must" | "may";
  readonly number?: "must" | "may";
  /** What stands after: the matches and target of a rule, a policy, another chain's name, or nothing. */
  readonly rest: "rule" | "policy" | "chain" | "nothing";
}

const option = (
  letter: string | undefined,
  names: readonly string[],
  values: readonly Value[],
  form: string,
  doc: string,
  more: Partial<BaseOption> = {},
): BaseOption => ({
  kind: "option",
  word: letter ? `-${letter}` : `--${names[0]}`,
  names,
  ...(letter && { letter }),
  values,
  forms: [`${letter ? `-${letter}, ` : ""}${names.map((name) => `--${name}`).join(", ")}${form && ` ${form}`}`],
  doc,
  ...more,
});

const commandLineOnly =
  "it belongs to the command line: a restore file names its table with `*TABLE` and is loaded as a whole";
const listingOnly = "it only shapes listings, and this line lists nothing";

/** The options of a rule that belong to no match and no target. */
export const baseOptions: readonly BaseOption[] = [
  option(
    "p",
    ["protocol", "proto"],
    [{ type: "protocol" }],
    "PROTOCOL",
    "Compares the packet's transport protocol: a name of `/etc/protocols` or a number, `all` or `0` for any. It also makes the options of the match of the same name understood (`-p tcp` brings `--dport`). For IPv6 the kernel skips extension headers to find it; later fragments of a fragmented packet carry no ports to compare.",
    { negatable: true },
  ),
  option(
    "s",
    ["source", "src"],
    [{ type: "address", prefix: true, list: true }],
    "ADDRESS[/MASK][,...]",
    "Compares the source address as it stands in the packet when the rule sees it. Source NAT happens after the last filter chain, so inside the filter table this is still the original address, while replies already carry their translated destination. With several addresses the tool makes one rule for each; a host name is looked up once, when the file is loaded.",
    { negatable: true },
  ),
  option(
    "d",
    ["destination", "dst"],
    [{ type: "address", prefix: true, list: true }],
    "ADDRESS[/MASK][,...]",
    "Compares the destination address as it stands in the packet when the rule sees it. Destination NAT happens in PREROUTING (and OUTPUT), so the filter table sees the translated address: a rule in FORWARD must name the server behind the NAT, not the public address. With several addresses the tool makes one rule for each.",
    { negatable: true },
  ),
  option(
    "i",
    ["in-interface"],
    [{ type: "interface" }],
    "NAME[+]",
    "Compares the name of the interface the packet came in on; a trailing `+` stands for any ending. Only a name is compared, so the interface need not exist yet. Locally made packets have no input interface: the option is refused in OUTPUT and POSTROUTING, and in a user chain reached from there it never matches. For a bridged or VLAN packet this is the upper device, not the port.",
    { negatable: true },
  ),
  option(
    "o",
    ["out-interface"],
    [{ type: "interface" }],
    "NAME[+]",
    "Compares the name of the interface the packet is about to leave by; a trailing `+` stands for any ending. It is known only after routing, so the option is refused in PREROUTING and INPUT, and in a user chain reached from there it never matches. A reroute in mangle OUTPUT changes it for the tables that follow.",
    { negatable: true },
  ),
  option(
    "f",
    ["fragment", "fragments"],
    [],
    "",
    "Matches the second and later fragments of a fragmented IPv4 packet, which carry no ports or ICMP type. Wherever connection tracking is loaded, fragments are put together (priority -400) before the first table, so that the rule never matches. IPv6 has `-m frag` instead.",
    { negatable: true, family: "ipv4" },
  ),
  option(
    "j",
    ["jump"],
    [{ type: "chain" }],
    "TARGET",
    "What to do with a packet that the rule matches: a verdict (`ACCEPT`, `DROP`, `RETURN`), a target extension, or a user chain of the same table. A chain that ends without a verdict comes back to the rule after this one. A rule without `-j` only counts packets.",
  ),
  option(
    "g",
    ["goto"],
    [{ type: "chain" }],
    "CHAIN",
    "Continues in a user chain and does not come back here: when that chain ends, or says `RETURN`, the packet goes on where the last `-j` jump would have returned to, and with none on the way it meets the built-in chain's policy.",
  ),
  option(
    "m",
    ["match"],
    [{ type: "text" }],
    "MATCH",
    "Brings in a match extension and makes its options understood from here on. Matches are asked from left to right and the first that fails ends the rule, so a match with a memory (`limit`, `recent`, `quota`) only counts the packets that got past the ones before it.",
    { repeatable: true },
  ),
  option(
    "c",
    ["set-counters"],
    [
      { type: "pattern", pattern: /^\d+(,\d+)?$/, what: "a number of packets" },
      { type: "pattern", pattern: /^\d+$/, what: "a number of bytes" },
    ],
    "PACKETS BYTES",
    "Starts the rule's counters at these values. `iptables-save -c` writes the same thing as `[PACKETS:BYTES]` in front of the rule; counters there are only restored with `iptables-restore -c`.",
  ),
  option(
    "4",
    ["ipv4"],
    [],
    "",
    "Keeps this line for IPv4: `iptables-restore` loads it and `ip6tables-restore` skips it in silence, so that one file may serve both. A `!` before it is ignored.",
    { negatable: true, repeatable: true },
  ),
  option(
    "6",
    ["ipv6"],
    [],
    "",
    "Keeps this line for IPv6: `ip6tables-restore` loads it and `iptables-restore` skips it in silence, so that one file may serve both. A `!` before it is ignored.",
    { negatable: true, repeatable: true },
  ),
  option("v", ["verbose"], [], "", "Makes the tool print the rule as it loads it. It changes nothing in the kernel.", {
    repeatable: true,
  }),
  option(
    "M",
    ["modprobe"],
    [{ type: "text" }],
    "COMMAND",
    "Names the program that loads missing kernel modules. Kernels of the last twenty years load them by themselves. A `!` before it is ignored.",
    { negatable: true },
  ),
  option(
    "h",
    ["help"],
    [],
    "",
    "Makes the tool print its help and end at once, with success: nothing in the file is applied, the lines before this one included.",
    { negatable: true },
  ),
  option(
    "V",
    ["version"],
    [],
    "",
    "Makes the tool print its version and end at once, with success: nothing in the file is applied, the lines before this one included.",
    { negatable: true },
  ),
  option("t", ["table"], [{ type: "text" }], "TABLE", "Names the table on a command line.", {
    refused: commandLineOnly,
  }),
  option("w", ["wait"], [], "[SECONDS]", "Waits for the lock of the legacy tools.", { refused: commandLineOnly }),
  option("W", ["wait-interval"], [{ type: "text" }], "MICROSECONDS", "Once said how often to try for the lock.", {
    refused: commandLineOnly,
  }),
  option("n", ["numeric"], [], "", "Lists numbers in place of names.", { refused: listingOnly }),
  option("x", ["exact"], [], "", "Lists counters in full.", { refused: listingOnly }),
  option(undefined, ["line-numbers"], [], "", "Lists rules with their numbers.", { refused: listingOnly }),
];

const command = (
  letter: string,
  name: string,
  chain: LineCommand["chain"],
  rest: LineCommand["rest"],
  form: string,
  doc: string,
  number?: LineCommand["number"],
): LineCommand => ({
  kind: "command",
  word: `-${letter}`,
  name,
  letter,
  chain,
  rest,
  ...(number && { number }),
  forms: [`-${letter}${form && ` ${form}`}`, `--${name}${form && ` ${form}`}`],
  doc,
});

/** The commands a restore file may hold between `*TABLE` and `COMMIT`. */
export const lineCommands: readonly LineCommand[] = [
  command(
    "A",
    "append",
    "must",
    "rule",
    "CHAIN RULE",
    "Adds the rule at the end of the chain, the only command that iptables-save writes. The kernel asks a chain's rules from first to last and stops at the first whose target decides.",
  ),
  command(
    "I",
    "insert",
    "must",
    "rule",
    "CHAIN [NUMBER] RULE",
    "Puts the rule at this number, counted from 1, or in front of all others. Several `-I` lines without a number end up in the chain in reverse order of the file.",
    "may",
  ),
  command(
    "R",
    "replace",
    "must",
    "rule",
    "CHAIN NUMBER RULE",
    "Puts the rule in the place of the one that has this number now, counted from 1; its counters start again at zero. The load fails when the chain has fewer rules.",
    "must",
  ),
  command(
    "D",
    "delete",
    "must",
    "rule",
    "CHAIN RULE|NUMBER",
    "Removes the rule of this number, counted from 1, or the first that is written exactly so. The whole load fails when there is none.",
    "may",
  ),
  command(
    "C",
    "check",
    "must",
    "rule",
    "CHAIN RULE",
    "Asks whether the chain holds this very rule and changes nothing. In a restore file the whole load fails when it does not.",
  ),
  command(
    "N",
    "new-chain",
    "must",
    "nothing",
    "CHAIN",
    "Makes an empty user chain; iptables-save writes it as `:CHAIN -`. Nothing enters it until a rule jumps there.",
  ),
  command(
    "X",
    "delete-chain",
    "may",
    "nothing",
    "[CHAIN]",
    "Deletes a user chain, or all of them without a name. A chain that still has rules, or that another rule jumps to, cannot go.",
  ),
  command(
    "P",
    "policy",
    "must",
    "policy",
    "CHAIN ACCEPT|DROP",
    "Sets what becomes of packets that reach the end of a built-in chain. User chains have no policy: at their end the packet goes back to the caller.",
  ),
  command(
    "F",
    "flush",
    "may",
    "nothing",
    "[CHAIN]",
    "Removes every rule of the chain, or of the whole table without a name. Policies and chains stay: after a flush a `DROP` policy drops everything.",
  ),
  command(
    "Z",
    "zero",
    "may",
    "nothing",
    "[CHAIN [NUMBER]]",
    "Sets packet and byte counters back to zero, of the table, of a chain, or of one of its rules.",
    "may",
  ),
  command(
    "E",
    "rename-chain",
    "must",
    "chain",
    "OLD NEW",
    "Gives a user chain another name; rules that jump to it follow. The nft build fails for a chain that the same file declares.",
  ),
  command(
    "L",
    "list",
    "may",
    "nothing",
    "[CHAIN [NUMBER]]",
    "Prints the rules as a table while the file is being loaded and changes nothing.",
    "may",
  ),
  command(
    "S",
    "list-rules",
    "may",
    "nothing",
    "[CHAIN [NUMBER]]",
    "Prints the rules in iptables-save's notation while the file is being loaded and changes nothing.",
    "may",
  ),
];

/** What a built-in chain may do with packets that reach its end. */
export const policies: readonly Entry[] = [
  {
    kind: "value",
    word: "ACCEPT",
    forms: [":CHAIN ACCEPT [0:0]"],
    doc: "A packet that no rule of this chain has decided goes on to the next table at the hook. It is not yet safe: a later table may still drop it.",
  },
  {
    kind: "value",
    word: "DROP",
    forms: [":CHAIN DROP [0:0]"],
    doc: "A packet that no rule of this chain has decided is thrown away without a word to its sender. The policy holds from the moment the table is committed, for established connections and loopback too, unless a rule lets them through.",
  },
  {
    kind: "value",
    word: "-",
    forms: [":CHAIN - [0:0]"],
    doc: "Declares a user chain, which has no policy: a packet that reaches its end goes back to the rule after the jump.",
  },
];

/** `COMMIT`, which ends a table. */
export const commit: Entry = {
  kind: "command",
  word: "COMMIT",
  forms: ["COMMIT"],
  doc: "Hands everything since `*TABLE` to the kernel in one piece: either all of it takes effect or none. Without it the table is read and thrown away. Tables are committed one by one, so an error further down leaves the tables above it loaded.",
};
