import { keywordsOfGroup } from "./define.js";

/** What a line of a file can begin with. */
export const commands = keywordsOfGroup("command", "command", [
  [
    "add",
    "Adds something, and is content when it is there already. A rule goes to its chain's end, or behind the rule named by `position` or `index`.",
    { forms: ["add table|chain|rule|set|map|element|flowtable|OBJECT ..."] },
  ],
  [
    "create",
    "Like `add`, but an error when the thing is there already. Not for rules.",
    { forms: ["create table|chain|set|map|element|flowtable|OBJECT ..."] },
  ],
  [
    "insert",
    "Puts a rule at its chain's head, or in front of the rule named by `position` or `index`.",
    { forms: ["insert rule [FAMILY] TABLE CHAIN [position|index NUMBER] RULE"] },
  ],
  [
    "replace",
    "Puts a rule in the place of the one with this handle, in one step.",
    { forms: ["replace rule [FAMILY] TABLE CHAIN handle NUMBER RULE"] },
  ],
  [
    "delete",
    "Takes something away; an error when it is not there, and while others still use it (a chain that is jumped to, a set that is looked up). The whole file is then not loaded.",
    { forms: ["delete table|chain|rule|set|map|element|flowtable|OBJECT ..."] },
  ],
  [
    "destroy",
    "Takes something away and is content when it is not there. `destroy table inet t` in front of a table's definition makes a file that can be loaded again and again.",
    { forms: ["destroy table|chain|rule|set|map|element|flowtable|OBJECT ..."], since: "1.0.7" },
  ],
  [
    "flush",
    "Empties something and keeps it. `flush ruleset` removes every table of every family, also those of Docker, firewalld or iptables-nft, but runs in one transaction with the rest of the file, so no packet meets an empty ruleset.",
    { forms: ["flush ruleset [FAMILY]", "flush table|chain|set|map ..."] },
  ],
  ["rename", "Gives a chain another name.", { forms: ["rename chain [FAMILY] TABLE CHAIN NAME"] }],
  [
    "reset",
    "Lists counters, quotas or elements and sets their state back in the same moment.",
    { forms: ["reset counters|quotas|rules|set|map|element ..."] },
  ],
  [
    "list",
    "Prints a part of the ruleset; in a file it only prints.",
    { forms: ["list ruleset|tables|table|chain|set|map|counters|hooks ..."] },
  ],
  ["get", "Looks elements up in a set.", { forms: ["get element [FAMILY] TABLE SET { ELEMENTS }"] }],
  ["describe", "Prints the type of an expression, or the values a type has.", { forms: ["describe EXPRESSION|TYPE"] }],
  [
    "monitor",
    "Prints changes of the ruleset, or traced packets, as they come.",
    { forms: ["monitor [new|destroy] [tables|chains|rules|sets|elements|trace]"] },
  ],
  ["import", "Reads a ruleset as JSON; not built into today's nft.", { forms: ["import ruleset json"] }],
  ["export", "Prints the ruleset as JSON; `nft -j list ruleset` is today's way.", { forms: ["export ruleset json"] }],
  [
    "include",
    "Reads another file here. A pattern with `*` takes all that match, in order of name, and is silent when nothing does; a plain name that is missing is an error. A name without `/` or `./` at its start is looked up in the include path, not beside this file; `./` is the directory nft was started in.",
    { forms: ['include "PATH"'] },
  ],
  [
    "define",
    "Names a value: `$NAME` stands for it from here on, within the block it is defined in. It is replaced when the file is read; the kernel never sees it.",
    { forms: ["define NAME = VALUE"] },
  ],
  ["redefine", "Gives a variable another value for the lines that follow.", { forms: ["redefine NAME = VALUE"] }],
  ["undefine", "Forgets a variable.", { forms: ["undefine NAME"] }],
]);
