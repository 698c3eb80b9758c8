import { keywordsOfGroup } from "./define.js";

const second = 1;
const kibi = 1024;

/** Operators by sign and by word. */
export const operators = keywordsOfGroup("operator", "operator", [
  [
    "==",
    "Is equal, in a set, or within a prefix or range. For flags (`ct state`, `tcp flags`) it asks for exactly these, where no operator asks for any of them.",
    { forms: ["EXPRESSION [==] VALUE"] },
  ],
  [
    "!=",
    "Is not equal, not in the set, not within the prefix or range. It is still asked only of packets that have the field: `tcp dport != 22` never matches UDP.",
    { forms: ["EXPRESSION != VALUE"] },
  ],
  ["<", "Is less. Compared as numbers in network order.", { forms: ["EXPRESSION < VALUE"] }],
  [">", "Is greater. Compared as numbers in network order.", { forms: ["EXPRESSION > VALUE"] }],
  ["<=", "Is at most.", { forms: ["EXPRESSION <= VALUE"] }],
  [">=", "Is at least.", { forms: ["EXPRESSION >= VALUE"] }],
  ["!", "For flags: none of them is set.", { forms: ["tcp flags ! syn"] }],
  ["&", "Keeps only the bits of the mask, before comparing or setting.", { forms: ["meta mark & 0xff == 0x1"] }],
  ["|", "Sets these bits in addition.", { forms: ["meta mark set meta mark | 0x1"] }],
  ["^", "Turns these bits round.", { forms: ["meta mark set meta mark ^ 0x1"] }],
  ["<<", "Shifts bits to the left.", { forms: ["meta mark set meta mark << 8"] }],
  [">>", "Shifts bits to the right.", { forms: ["meta mark set meta mark >> 8"] }],
  ["eq", "Word for `==`.", { forms: ["EXPRESSION eq VALUE"] }],
  ["ne", "Word for `!=`.", { forms: ["EXPRESSION ne VALUE"] }],
  ["lt", "Word for `<`.", { forms: ["EXPRESSION lt VALUE"] }],
  ["gt", "Word for `>`.", { forms: ["EXPRESSION gt VALUE"] }],
  ["le", "Word for `<=`.", { forms: ["EXPRESSION le VALUE"] }],
  ["ge", "Word for `>=`.", { forms: ["EXPRESSION ge VALUE"] }],
  ["not", "Word for `!`: none of the flags is set.", { forms: ["tcp flags not syn"] }],
  [
    "and",
    "Word for `&`. It joins bits, not conditions: those just stand one behind the other.",
    { forms: ["meta mark and 0xff == 0x1"] },
  ],
  [
    "or",
    "Word for `|`. It joins bits, not conditions: for either of two, write two rules or a set.",
    { forms: ["meta mark set meta mark or 0x1"] },
  ],
  ["xor", "Word for `^`.", { forms: ["meta mark set meta mark xor 0x1"] }],
  ["lshift", "Word for `<<`.", { forms: ["meta mark set meta mark lshift 8"] }],
  ["rshift", "Word for `>>`.", { forms: ["meta mark set meta mark rshift 8"] }],
  [
    ".",
    "Joins several expressions or values into one key: `ip saddr . tcp dport`. All parts must agree at once.",
    { forms: ["EXPRESSION . EXPRESSION"] },
  ],
]);

/** Units of rates, sizes and times. */
export const units = [
  ...keywordsOfGroup("rateUnit", "unit", [
    ["second", "Per second.", { forms: ["NUMBER/second"], factor: second }],
    ["minute", "Per minute.", { forms: ["NUMBER/minute"], factor: 60 }],
    ["hour", "Per hour.", { forms: ["NUMBER/hour"], factor: 3600 }],
    ["day", "Per day.", { forms: ["NUMBER/day"], factor: 86400 }],
    ["week", "Per week.", { forms: ["NUMBER/week"], factor: 604800 }],
  ]),
  ...keywordsOfGroup("sizeUnit", "unit", [
    ["bytes", "Bytes.", { forms: ["NUMBER bytes"], factor: 1 }],
    ["kbytes", "1024 bytes.", { forms: ["NUMBER kbytes"], factor: kibi }],
    ["mbytes", "1024 times 1024 bytes.", { forms: ["NUMBER mbytes"], factor: kibi * kibi }],
  ]),
  ...keywordsOfGroup("timeUnit", "unit", [
    ["ms", "Thousandths of a second. Written right behind the number.", { forms: ["500ms"], factor: 0.001 }],
    ["s", "Seconds. Written right behind the number.", { forms: ["30s"], factor: second }],
    ["m", "Minutes. Written right behind the number.", { forms: ["5m"], factor: 60 }],
    ["h", "Hours. Written right behind the number.", { forms: ["1h"], factor: 3600 }],
    ["d", "Days. Written right behind the number.", { forms: ["7d"], factor: 86400 }],
  ]),
];
