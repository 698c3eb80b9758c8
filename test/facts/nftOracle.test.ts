import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { datatypes, headers, keys, keywords, statements } from "../../netfilter/facts/nft/index.js";
import type { Field, Header, Key } from "../../netfilter/facts/nft/types.js";

/** A value of each datatype, as it may stand on the right of a comparison. */
const sample: Readonly<Record<string, string>> = {
  ether_addr: "00:11:22:33:44:55",
  ipv4_addr: "192.0.2.1",
  ipv6_addr: "2001:db8::1",
  ifname: '"lo"',
  iface_index: '"lo"',
  string: '"x"',
  boolean: "exists",
  date: '"2030-01-01 00:00:00"',
  hour: '"10:00"',
  time: "10s",
  classid: "1:1",
  cgroupsv2: '"/"',
};
const anyValue = (datatype: string) => sample[datatype] ?? "1";

/** What nft 1.0.6 knows under another type than today's: a number instead of an address. */
const olderTypes: Readonly<Record<string, string>> = {
  "ip option lsrr addr": "integer",
  "ip option ssrr addr": "integer",
  "ip option rr addr": "integer",
};

/** A rule for each statement, and for each of its forms; words newer than 1.0.6 have none. */
const statementSamples: Readonly<Record<string, readonly string[]>> = {
  accept: ["accept"],
  drop: ["drop"],
  reject: [
    "reject",
    "reject with icmp type host-unreachable",
    "reject with icmp 3",
    "reject with icmpv6 type admin-prohibited",
    "reject with icmpx type port-unreachable",
    "reject with tcp reset",
  ],
  continue: ["continue"],
  return: ["return"],
  jump: ["jump other", "jump { accept; }"],
  goto: ["goto other", "goto { accept; }"],
  vmap: ["tcp dport vmap { 22 : accept, 23 : jump other }", "tcp dport vmap @verdicts"],
  queue: [
    "queue",
    "queue to 3",
    "queue flags bypass,fanout to 1-3",
    "queue to numgen inc mod 4",
    "queue num 1-3 bypass,fanout",
  ],
  tproxy: ["meta l4proto tcp tproxy to :3128", "meta l4proto tcp tproxy ip to 127.0.0.1:3128"],
  synproxy: ["synproxy mss 1460 wscale 7 timestamp sack-perm", 'synproxy name "proxy"'],
  snat: ["snat ip to 192.0.2.1-192.0.2.9", "meta l4proto tcp snat ip to 192.0.2.1:1024-2048 fully-random,persistent"],
  dnat: [
    "dnat ip to 192.0.2.1",
    "tcp dport 80 dnat ip to 192.0.2.1:8080 random",
    "dnat ip to ip saddr map { 192.0.2.2 : 192.0.2.3 }",
  ],
  masquerade: ["masquerade", "meta l4proto tcp masquerade to :1024-2048 random"],
  redirect: ["redirect", "meta l4proto tcp redirect to :8080 persistent"],
  counter: ["counter", "counter packets 1 bytes 2", 'counter name "hits"'],
  limit: [
    "limit rate 10/second",
    "limit rate over 10/week burst 5 packets",
    "limit rate 1 mbytes/second burst 10 kbytes",
    'limit name "slow"',
  ],
  quota: ["quota 10 mbytes", "quota over 10 kbytes used 5 bytes", "quota until 1 mbytes", 'quota name "month"'],
  "ct count": ["ct count 10", "ct count over 10"],
  meter: ["meter m size 100 { ip saddr limit rate 1/second }"],
  set: ["meta mark set 1", "ct mark set meta mark", "ip dscp set cs1", "tcp option maxseg size set 1400"],
  "ct helper": ['ct helper set "ftp"'],
  "ct timeout": ['ct timeout set "long"'],
  "ct expectation": ['ct expectation set "soon"'],
  notrack: ["notrack"],
  "flow add": ["flow add @fast"],
  "flow offload": ["flow offload @fast"],
  "reset tcp option": ["reset tcp option sack-perm"],
  add: ["add @seen { ip saddr }", "add @seen { ip saddr timeout 1m limit rate 1/second }"],
  update: ["update @seen { ip saddr timeout 1m }"],
  delete: ["delete @seen { ip saddr }"],
  "set add": ["set add ip saddr @seen", "set update ip saddr @seen"],
  log: [
    'log prefix "x: " level debug flags all',
    "log flags tcp sequence,options",
    "log flags ip options flags skuid flags ether",
    'log group 2 snaplen 64 queue-threshold 10 prefix "x"',
  ],
  comment: ['accept comment "why"'],
};
/** Statements that no inet rule can hold, in a table of their own. */
const otherSamples = [
  'table netdev t { chain c { type filter hook ingress device "lo" priority 0\nfwd to "lo"\n}\n}\n',
  'table netdev t { chain c { type filter hook ingress device "lo" priority 0\nfwd ip to 192.0.2.1 device "lo"\n}\n}\n',
  'table netdev t { chain c { type filter hook ingress device "lo" priority 0\ndup to "lo"\n}\n}\n',
  'table ip t { chain c { type filter hook input priority 0\ndup to 192.0.2.1 device "lo"\n}\n}\n',
];
const sampleTable = (rule: string) => `table inet t {
chain other {
}
map verdicts { type inet_service : verdict; }
set seen { type ipv4_addr; size 100; flags dynamic,timeout; }
counter hits { packets 0 bytes 0
}
limit slow { rate 1/second
}
quota month { 1 mbytes
}
synproxy proxy { mss 1460; wscale 7; timestamp sack-perm; }
ct helper ftp { type "ftp" protocol tcp; }
ct timeout long { protocol tcp; policy = { established : 100 }; }
ct expectation soon { protocol tcp; dport 99; timeout 1m; size 10; }
flowtable fast { hook ingress priority 0; devices = { lo }; }
chain c {
${rule}
}
}
`;

interface Case {
  readonly name: string;
  /** What `nft describe` is asked. */
  readonly expression: string;
  readonly datatype: string;
  readonly bits: number;
  readonly family: string;
  readonly hook: string;
  readonly rules: readonly string[];
}

const fieldCases = headers
  .filter(({ since }) => since === undefined)
  .flatMap((header) =>
    header.fields.filter(({ since }) => since === undefined).map((field) => fieldCase(header, field)),
  );
const keyCases = keys.filter(({ since, family }) => since === undefined && family !== "hash").map(keyCase);
const cases = [...fieldCases, ...keyCases];

describe("nft 1.0.6 agrees", () => {
  beforeAll(() => {
    const { stdout, error } = spawnSync("nft", ["--version"], { encoding: "utf8" });
    if (error || process.getuid?.() !== 0) {
      throw new Error("This suite asks the real nft as root: install `nftables` and run the tests as root.");
    }
    expect(stdout).toContain("nftables v");
  });

  test("there is much to ask", () => {
    expect(cases.length).toBeGreaterThan(250);
  });

  test("takes every field and key in a rule", () => {
    expect(refused(cases.flatMap(({ family, hook, rules }) => rules.map((rule) => ({ family, hook, rule }))))).toEqual(
      [],
    );
  });

  test("takes each header in its families and in no other", () => {
    const judged = headers.filter(
      ({ since, familyJudge, fields }) => !since && familyJudge === "nft" && !fields[0]?.since,
    );
    expect(judged.length).toBeGreaterThan(20);
    const tried = judged.flatMap((header) =>
      (["ip", "ip6", "inet", "arp", "bridge", "netdev"] as const).map((family) => ({
        family,
        rule: fieldCase(header, header.fields[0] as Field).rules[0] as string,
        allowed: header.families?.includes(family) ?? false,
      })),
    );
    const inPlainChain = ({ family, rule }: { family: string; rule: string }) => ({
      name: `${family}: ${rule}`,
      text: `table ${family} t {\nchain c {\n${rule}\n}\n}\n`,
    });
    expect(refusedTexts(tried.filter(({ allowed }) => allowed).map(inPlainChain))).toEqual([]);
    const taken = tried.filter(({ allowed }) => !allowed).map(inPlainChain);
    expect(taken.filter((text) => refusedTexts([text]).length === 0)).toEqual([]);
  });

  test("takes every form of every statement", () => {
    const known = statements.filter(({ since }) => since === undefined).map(({ word }) => word);
    expect(known.filter((word) => !statementSamples[word] && !["fwd", "dup", "xt"].includes(word))).toEqual([]);
    const rules = Object.values(statementSamples).flat();
    const texts = [
      ...rules.map((rule) => ({ name: rule, text: sampleTable(rule) })),
      ...otherSamples.map((text) => ({ name: text, text })),
    ];
    expect(refusedTexts(texts)).toEqual([]);
  });

  test("lets nothing stand behind what ends a rule", () => {
    const samples = statements.flatMap(({ word, terminal = false }) => {
      const rule = statementSamples[word]?.[0];
      return rule === undefined || word === "comment" ? [] : [{ word, terminal, text: sampleTable(`${rule} counter`) }];
    });
    const different = samples.filter(
      ({ terminal, text }) => nft(["-c", "-f", "-"], text).stderr.includes("after terminal statement") !== terminal,
    );
    expect(different.map(({ word }) => word)).toEqual([]);
  });

  test("takes every flag, level and unit", () => {
    expect(refusedTexts(keywordSamples())).toEqual([]);
  });

  test("does not know what is said to be newer", () => {
    const newer = [
      "destroy table inet t\n",
      ...[
        "last",
        "vxlan vni 1",
        "geneve vni 1",
        "gre version 0",
        "gretap ip ttl 1",
        "icmpv6 taddr ::1",
        "fib daddr check exists",
      ].map(sampleTable),
      ...["tcp option mptcp subtype mp-join", "ct status helper", "tunnel id 1", "dccp option 1 exists"].map(
        sampleTable,
      ),
      "table bridge t { chain c { type filter hook prerouting priority 0\nmeta broute set 1\n}\n}\n",
      "table bridge t { chain c { type filter hook prerouting priority 0\nmeta ibrhwaddr 00:11:22:33:44:55\n}\n}\n",
      "table inet t { flags owner, persist; }\n",
    ];
    const taken = newer.filter((text) => nft(["-c", "-f", "-"], text).status === 0);
    expect(taken).toEqual([]);
  });

  test("takes every constant as an element", () => {
    const sets = datatypes
      .filter(({ constants, bits, internal }) => constants.length > 0 && bits > 0 && !internal)
      .flatMap(({ word, constants }) =>
        constants
          .filter(({ since }) => since === undefined)
          .map((constant) => ({ family: "inet", hook: "input", rule: "accept", word, constant: constant.word })),
      )
      .filter(({ word }) => !describedAsInvalid(word));
    const texts = sets.map(({ word, constant }) => ({
      name: `${word} ${constant}`,
      text: `table inet t {\nset s {\ntype ${word}\nelements = { ${word === "day" ? `"${constant}"` : constant} }\n}\n}\n`,
    }));
    expect(texts.length).toBeGreaterThan(150);
    expect(refusedTexts(texts)).toEqual([]);
  });

  test("gives every field and key the same type and length", () => {
    // nft 1.0.6 knows the type of a connection's ports only behind a protocol, and addresses only behind a family.
    const fixed = cases.filter(({ name, bits }) => bits > 0 && !name.includes(" proto-"));
    const described = describeAll(fixed.map(({ expression }) => expression));
    const differences = fixed.flatMap(({ name, datatype, bits }, at) => {
      const own = `${describedName(datatype)} ${bits}`;
      const theirs = described[at] ?? "nothing";
      return own === theirs ? [] : [`${name}: ours ${own}, nft ${theirs}`];
    });
    expect(differences).toEqual([]);
  });

  test("gives every datatype the same length and constants", () => {
    const differences = datatypes
      .filter(({ internal, since }) => !internal && since === undefined)
      .flatMap(differencesOfType);
    expect(differences).toEqual([]);
  });
});

function keywordSamples(): { name: string; text: string }[] {
  const samples: readonly [group: string, text: (word: string) => string][] = [
    ["setFlag", (word) => `table inet t {\nset s { type ipv4_addr; flags ${word}; }\n}\n`],
    ["setPolicy", (word) => `table inet t {\nset s { type ipv4_addr; policy ${word}; }\n}\n`],
    ["policy", (word) => `table inet t {\nchain c { type filter hook input priority 0; policy ${word}; }\n}\n`],
    ["logLevel", (word) => sampleTable(`log level ${word}`)],
    ["natFlag", (word) => sampleTable(`masquerade ${word}`)],
    ["queueFlag", (word) => sampleTable(`queue flags ${word} to 1-2`)],
    ["rateUnit", (word) => sampleTable(`limit rate 1/${word}`)],
    ["sizeUnit", (word) => sampleTable(`quota 1 ${word}`)],
    ["timeUnit", (word) => `table inet t {\nset s { type ipv4_addr; timeout 1${word}; }\n}\n`],
  ];
  return samples.flatMap(([group, text]) =>
    keywords
      .filter((entry) => entry.group === group && entry.since === undefined)
      .map(({ word }) => ({ name: `${group} ${word}`, text: text(word) })),
  );
}

function fieldCase(header: Header, field: Field): Case {
  const path = header.group === "payload" || header.group === "exthdr" ? header.word : `${header.group} ${header.word}`;
  const expression = `${path} ${field.word}`;
  const datatype = olderTypes[expression] ?? field.datatype;
  const compared = `${expression} ${anyValue(datatype)}`;
  const set = `${expression} set ${anyValue(field.datatype)}`;
  const family = header.families?.[0] ?? "ip";
  return {
    name: expression,
    expression,
    datatype,
    bits: field.bits,
    family,
    hook: family === "arp" ? "input" : "prerouting",
    rules: [compared, ...(field.writable ? [set] : [])],
  };
}

function keyCase(key: Key): Case {
  const expression = keyExpression(key);
  const family = key.families?.[0] ?? "inet";
  const value = anyValue(key.datatype);
  const before = key.word.startsWith("proto-") ? "meta l4proto tcp " : "";
  const constant = key.word !== "secmark";
  return {
    name: expression,
    expression,
    datatype: olderTypes[expression] ?? key.datatype,
    bits: key.bits,
    family,
    hook: "prerouting",
    rules: [
      ...(key.writeOnly || !constant ? [] : [`${before}${expression} ${value}`]),
      ...(key.writable && constant ? [`${expression} set ${value}`] : []),
      ...(key.bare ? [`${key.word} ${value}`] : []),
    ],
  };
}

function keyExpression({ family, word, direction, addressFamily }: Key): string {
  const prefix = `${direction === "must" ? "original " : ""}${addressFamily ? "ip " : ""}`;
  if (family === "fib") return `fib daddr ${word}`;
  if (family === "ipsec") return `ipsec in ${prefix}${word}`;
  if (family === "numgen") return `numgen ${word} mod 2`;
  if (word === "cgroupv2") return "socket cgroupv2 level 1";
  return `${family} ${prefix}${word}`;
}

/** The rules that nft refuses by itself, with its message. What this machine's kernel lacks does not count. */
function refused(rules: readonly { family: string; hook: string; rule: string }[]): string[] {
  return refusedTexts(
    rules.map(({ family, hook, rule }) => ({
      name: `${family} ${hook}: ${rule}`,
      text: `table ${family} t {\nchain c {\ntype filter hook ${hook} priority 0\n${rule}\n}\n}\n`,
    })),
  );
}

/** Asks for many texts in few processes: halves a batch that is refused until the refused text stands alone. */
function refusedTexts(texts: readonly { name: string; text: string }[]): string[] {
  if (texts.length === 0) return [];
  const whole = texts.map(({ text }, at) => text.replace(/^table (\w+) t /, `table $1 t${at} `)).join("");
  const { stderr, status } = nft(["-c", "-f", "-"], whole);
  if (status === 0 || !/Error: (?!Could not process rule|No such file or directory)/.test(stderr)) return [];
  if (texts.length === 1) return [`${texts[0]?.name}: ${stderr.split("\n")[0]}`];
  const middle = texts.length >> 1;
  return [...refusedTexts(texts.slice(0, middle)), ...refusedTexts(texts.slice(middle))];
}

/** `datatype bits` of each expression, as `nft describe` prints it. */
function describeAll(expressions: readonly string[]): (string | undefined)[] {
  const { stdout, stderr } = nft(["-f", "-"], expressions.map((expression) => `describe ${expression}\n`).join(""));
  expect(stderr).toBe("");
  const lines = stdout.split("\n").filter((line) => / expression, datatype /.test(line));
  return lines.map((line) => {
    const [, datatype, length, unit] = /datatype (\S+) .*?(\d+) (bits|characters)/.exec(line) ?? [];
    return datatype && `${datatype} ${Number(length) * (unit === "bits" ? 1 : 8)}`;
  });
}

/** Names that nft gives two of its types. */
function describedName(datatype: string): string {
  return { date: "time", mptcp_subtype: "integer" }[datatype] ?? datatype;
}

function describedAsInvalid(word: string): boolean {
  return nft(["describe", word]).stdout.includes("datatype invalid");
}

function differencesOfType({ word, bits, byteorder, constants }: (typeof datatypes)[number]): string[] {
  // nft 1.0.6 prints values of two bytes in network order as they lie in memory.
  const inHostOrder = (value: number) =>
    byteorder === "big" && bits === 16 ? ((value & 255) << 8) | (value >> 8) : value;
  const { stdout } = nft(["describe", word]);
  if (!stdout.startsWith("datatype ")) return [];
  const length = Number(/(\d+) bits/.exec(stdout)?.[1] ?? 0);
  const theirs = [...stdout.matchAll(/^\t(\S+) +\t *(0x[0-9a-f]+|\d+)$/gm)].map(
    ([, name, value]) => `${name} ${inHostOrder(Number(value))}`,
  );
  const ours = constants.filter(({ since }) => since === undefined).map(({ word, value }) => `${word} ${value}`);
  return [
    ...(length === bits ? [] : [`${word}: ours ${bits} bits, nft ${length}`]),
    ...theirs.filter((name) => !ours.includes(name)).map((name) => `${word} lacks ${name}`),
    ...(word === "inet_proto"
      ? []
      : ours.filter((name) => !theirs.includes(name)).map((name) => `${word} has ${name} too much`)),
  ];
}

function nft(args: readonly string[], input?: string) {
  return spawnSync("nft", args, { encoding: "utf8", ...(input !== undefined && { input }) });
}
