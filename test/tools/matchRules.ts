import type { Extension, IpFamily, Option, Value } from "../../netfilter/facts/iptables/extension.js";
import { tables } from "../../netfilter/facts/iptables/tables.js";

/** A built-in chain of a table. */
export interface Place {
  readonly table: string;
  readonly chain: string;
}

/** Every built-in chain. */
export const places: readonly Place[] = tables.flatMap(({ word, chains }) =>
  chains.map((chain) => ({ table: word, chain: chain.word })),
);

/** Whether an entry says that it may stand there. */
export function allows({ tables, hooks }: Pick<Extension, "tables" | "hooks">, { table, chain }: Place): boolean {
  return (tables?.some((name) => name === table) ?? true) && (hooks?.some((name) => name === chain) ?? true);
}

/** A place where the match and all of its options may stand. */
export function placeFor(match: Extension, option?: Option): Place {
  return places.find(
    (place) => allows(match, place) && (!option?.hooks || allows({ hooks: option.hooks }, place)),
  ) as Place;
}

/** Arguments that follow from no type, by option; the first is the plainest. */
const samples: Readonly<Record<string, readonly string[]>> = {
  "--chunk-types": ["any DATA,INIT", "all DATA:BE,ABORT:t", "only ALL"],
  "sctp --sport": ["80", "1:2"],
  "sctp --dport": ["80", "1:2"],
  "statistic --mode": ["random"],
  "--packet": ["0", "1"],
  "--cluster-local-node": ["1"],
  "--cluster-local-nodemask": ["1"],
  "--label": ["5"],
  "--connlimit-mask": ["24", "0"],
  "--src-group": ["1", "0x1/0xff"],
  "--dst-group": ["1", "0x1/0xff"],
  "--realm": ["1", "0x1/0xff", "cosmos"],
  "--hashlimit-name": ["sample", "a.b"],
  "--hashlimit-burst": ["5", "1000000"],
  "--hashlimit-srcmask": ["24", "0", "32"],
  "--hashlimit-dstmask": ["24", "0", "32"],
  "--probability": ["0.5", "0", "1", "1.0", ".25", "1e-3"],
  "--name": ["sample"],
  "--uid-owner": ["0", "root", "0-99"],
  "--gid-owner": ["0", "root", "0-99"],
  "--datestart": ["2026", "2026-5", "2026-05-01", "2026-05-01T10", "2026-05-01T10:11", "2026-05-01T10:11:12"],
  "--datestop": ["2026", "2026-05-31T23:59:59"],
  "--timestart": ["22:00", "1:2:3", "00:00"],
  "--timestop": ["4:00", "23:59:59"],
  "--monthdays": ["1", "1,31", "1,,2"],
  "--hex-string": ['"|0d 0a|Host"', '"|0d0a|"', "plain"],
  "--u32": ['"6&0xFF=1"', '"0>>22&0x3C@4>>24=0x1:0x5,7 && 6 = 1"'],
  "--bytecode": ['"1,6 0 0 1"', '"4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0,"'],
  "--hbh-opts": ["5", "5:2,1", "0x5:0x2"],
  "--dst-opts": ["5", "5:2,1", "0x5:0x2"],
  "--mh-type": ["1", "binding-update", "brr:hot", "bind", ":5"],
  "--next": ["--reqid 2"],
  "--rateest-bps1": ["", "128kbit"],
  "--rateest-pps1": ["", "5"],
  "--rateest-bps2": ["", "128kbit"],
  "--rateest-pps2": ["", "5"],
};

/** What must stand in front of an option where the first of everything would not do. */
const before: Readonly<Record<string, string>> = {
  "--every": "--mode nth --packet 0",
  "--packet": "--mode nth --every 2",
  "--next": "--dir in --strict --reqid 1",
  "--strict": "--dir in --reqid 1",
  "--reap": "--rcheck --seconds 5",
  "--rt-0-res": "--rt-type 0",
  "--rt-0-addrs": "--rt-type 0",
  "--rt-0-not-strict": "--rt-type 0 --rt-0-addrs ::1",
  "--contiguous": "--timestart 22:00 --timestop 4:00",
};

const addresses: Readonly<Record<IpFamily, readonly [one: string, network: string, range: string]>> = {
  ipv4: ["10.1.2.3", "10.1.2.0/24", "10.1.2.3-10.1.2.9"],
  ipv6: ["fd00::3", "fd00::/64", "fd00::3-fd00::9"],
};

/** Arguments that the tools must take for an option. */
function good(match: Extension, option: Option, family: IpFamily): readonly string[] {
  const own = samples[`${match.word} ${option.word}`] ?? samples[option.word];
  if (own) return own;
  if (option.values.length === 0) return [""];
  const [first = [], second] = option.values.map((value) => goodOf(value, family));
  return second ? first.map((text, index) => `${text} ${second[index % second.length]}`) : first;
}

function goodOf(value: Value, family: IpFamily): readonly string[] {
  switch (value.type) {
    case "integer":
      return [`${Math.max(value.min, 1)}`, `${value.max}`, `${value.min}`, ...ranges(value, `${value.max}`)];
    case "mark":
      return ["0x1", "0xffffffff", "1/0xff", "010"];
    case "port":
      return [
        "80",
        "http",
        "65535",
        "0",
        ...ranges(value, "65535"),
        ...(value.wraps ? ["65536"] : []),
        ...(value.list ? ["80,443"] : []),
      ];
    case "word":
      return goodWords(value);
    case "address": {
      const [one, network, range] = addresses[family];
      return [
        one,
        ...(value.prefix ? [network] : []),
        ...(value.range ? [range] : []),
        ...(value.list ? [`${one},${one}`] : []),
      ];
    }
    case "interface":
      return ["eth0", "eth+", "+"];
    case "mac":
      return ["00:11:22:33:44:55", "0:1:2:3:4:F"];
    case "rate":
      return ["5/second", "5", "1/m", "3/Hour", "4/day", ...(value.bytes ? ["512kb/s", "5mb"] : []), `${value.max}/s`];
    case "protocol":
      return ["tcp", "ICMP", "17"];
    case "ipset":
      return ["sample"];
    case "text":
      return value.empty ? ["sample", '""'] : ["sample"];
    default:
      return [];
  }
}

function ranges(
  { range, closed, ordered }: { range?: string; closed?: boolean; ordered?: boolean },
  max: string,
): readonly string[] {
  if (!range) return [];
  return [`1${range}2`, ...(closed ? [] : [`1${range}`, `${range}${max}`, range]), ...(ordered ? [] : [`2${range}1`])];
}

/** The names newer than the tools that Debian 12 has. */
const newer = /Its name is newer than iptables 1.8.9/;

function goodWords({
  words,
  list,
  ignoreCase,
  abbreviated,
  blanks,
  orInteger,
  slash,
  significant,
}: Extract<Value, { type: "word" }>) {
  const known = Object.keys(words).filter((word) => !newer.test(words[word] as string));
  const [first = "", second = first] = known;
  return [
    ...known,
    ...(list ? [`${first},${second}`] : []),
    ...(blanks ? [`${first},`] : []),
    ...(ignoreCase ? [first.toLowerCase(), first.toUpperCase()] : []),
    ...(abbreviated ? [first.slice(0, -1)] : []),
    ...(significant ? [`${first.slice(0, significant)}whatever`] : []),
    ...(orInteger === undefined ? [] : [`${orInteger}`]),
    ...(slash ? ["1/1", "1/0xff"] : []),
  ];
}

/** Arguments that the tools must refuse for an option. */
function bad({ word, values }: Option, family: IpFamily): readonly string[] {
  const [value, ...more] = values;
  if (!value || more.length > 0) return [];
  switch (value.type) {
    case "integer":
      return [
        `${BigInt(value.max) + 1n}`,
        ...(value.min > 0 ? [`${value.min - 1}`] : []),
        "-1",
        "x",
        ...(value.ordered ? ["2:1"] : []),
      ];
    case "mark":
      return ["0x100000000", "1/", "x"];
    case "port":
      return [
        "no-such-service",
        ...(value.ordered ? ["2:1"] : []),
        ...(value.wraps ? [] : ["65536"]),
        ...tooMany(value.list),
      ];
    case "word":
      return [
        "nonsense",
        ...(value.list && !value.blanks ? [`${Object.keys(value.words)[0]},`] : []),
        ...(value.slash ? ["1/256"] : []),
      ];
    case "address":
      return [family === "ipv4" ? "::1/129" : "10.1.2.3/33"];
    case "rate":
      return ["0/s", "5/fortnight", `${(value.max ?? 0) + 1}/s`, "x"];
    case "mac":
      return ["00:11:22:33:44", "00-11-22-33-44-55"];
    case "protocol":
      return ["256", "nonsense"];
    case "pattern":
      return free.has(word) ? [] : ['"~~"'];
    default:
      return [];
  }
}

/** Options whose pattern only says what the kernel will refuse, or names that every machine has others of. */
const free: ReadonlySet<string> = new Set(["--hashlimit-name", "--name", "--hex-string"]);

function tooMany(list: number | undefined): readonly string[] {
  return list === undefined ? [] : [Array.from({ length: list + 1 }, (_, index) => index + 1).join(",")];
}

/** The plainest options that `given` still needs beside it. */
function companions(match: Extension, given: readonly string[], family: IpFamily): string {
  const fits = (name: string) =>
    !match.excludes?.some((group) => group.includes(name) && group.some((other) => given.includes(other)));
  return (match.needs ?? [])
    .filter((group) => !group.some((name) => given.includes(name)))
    .map((group) => plain(match, group.find(fits) as string, family))
    .join(" ");
}

/** An option in its plainest spelling, with what it requires in front. */
function plain(match: Extension, name: string, family: IpFamily): string {
  const option = optionOf(match, name);
  const needed = (option.requires ?? []).map(
    (other) => `${optionOf(match, other).word} ${good(match, optionOf(match, other), family)[0]}`,
  );
  return [before[option.word] ?? needed.join(" "), option.word, good(match, option, family)[0]].join(" ");
}

function optionOf({ options }: Extension, name: string): Option {
  return options.find(({ names }) => names.includes(name)) as Option;
}

function rule(match: Extension, { table, chain }: Place, options: string): string {
  const protocol = match.word === "ecn" ? "tcp" : match.protocols?.[0];
  const words = [`-A ${chain}`, protocol ? `-p ${protocol}` : "", "-m", match.word, options];
  return `*${table}\n${words.join(" ").replace(/ +/g, " ")}\nCOMMIT\n`;
}

/** The plainest rule with this match, and with `option` where one is given. */
export function plainRule(match: Extension, family: IpFamily, place: Place, option?: Option): string {
  const own = option ? plain(match, option.names[0] as string, family) : "";
  return rule(match, place, `${companions(match, option?.names ?? [], family)} ${own}`);
}

/** A rule with one option spelled like this and whatever it needs in front. */
function ruleWith(match: Extension, option: Option, family: IpFamily, spelling: string): string {
  const fixed = before[option.word];
  const required = (option.requires ?? []).map((name) => plain(match, name, family)).join(" ");
  const given = [
    ...option.names,
    ...(option.requires ?? []),
    ...[...(fixed ?? "").matchAll(/--([\w-]+)/g)].map(([, name = ""]) => name),
  ];
  const others = companions(match, given, family);
  return rule(match, placeFor(match, option), [others, fixed ?? required, spelling].join(" "));
}

/** Rules with each option of a match in each of its spellings, every one of which the tools must take. */
export function goodRules(match: Extension, family: IpFamily): readonly string[] {
  return match.options.flatMap((option) => {
    const [plainest = "", ...others] = good(match, option, family);
    return [
      ...[plainest, ...others].map((text) => `${option.word} ${text}`),
      ...option.names.slice(1).map((name) => `--${name} ${plainest}`),
      ...(option.negatable ? [`! ${option.word} ${plainest}`] : []),
    ].map((spelling) => ruleWith(match, option, family, spelling));
  });
}

/** Rules with an argument, a repetition, a negation or a combination that the match's entry rules out. */
export function badRules(match: Extension, family: IpFamily): readonly string[] {
  const ofOptions = match.options.flatMap((option) => {
    const plainly = `${option.word} ${good(match, option, family)[0]}`;
    return [
      ...bad(option, family).map((text) => `${option.word} ${text}`),
      ...(option.negatable ? [] : [`! ${plainly}`]),
      ...(option.lessThan ? [`--${option.lessThan.option} 1 ${option.word} 2`] : []),
      ...(option.repeatable ? [] : [`${plainly} ${plainly}`]),
    ].map((spelling) => ruleWith(match, option, family, spelling));
  });
  const together = (match.excludes ?? []).flatMap(([first = "", ...rest]) =>
    rest.map((name) =>
      rule(
        match,
        placeFor(match),
        `${companions(match, [first, name], family)} ${plain(match, first, family)} ${plain(match, name, family)}`,
      ),
    ),
  );
  const without = (match.needs ?? []).map((group) => {
    const others = (match.needs ?? [])
      .filter((other) => other !== group)
      .map(([name = ""]) => plain(match, name, family));
    return rule(match, placeFor(match), others.join(" "));
  });
  return [...ofOptions, ...together, ...without];
}
