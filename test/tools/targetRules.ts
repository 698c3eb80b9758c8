import type { Extension, IpFamily, Option, Value } from "../../netfilter/facts/iptables/extension.js";
import { allows, type Place, places } from "./matchRules.js";

/** Samples of arguments whose form only their pattern knows. */
const patternSamples: Readonly<Record<string, readonly string[]>> = {
  "set-class": ["1:10", "ffff:ffff", "0x1:0x2"],
  clustermac: ["01:00:5e:00:00:01", "1:0:5E:0:0:1"],
  "rateest-interval": ["250ms", ".5s"],
  "rateest-ewmalog": ["2s", "3000000"],
  "hmark-src-prefix": ["24"],
  "hmark-dst-prefix": ["32"],
  "led-delay": ["500", "inf"],
};

const addresses: Readonly<
  Record<IpFamily, { readonly one: string; readonly network: string; readonly nat: readonly string[] }>
> = {
  ipv4: { one: "10.1.2.3", network: "10.1.2.0/24", nat: ["10.1.2.3", "10.1.2.3-10.1.2.9", "10.1.2.3:80", ":80-90"] },
  ipv6: { one: "fd00::3", network: "fd00::/64", nat: ["fd00::3", "fd00::3-fd00::9", "[fd00::3]:80", ":80-90"] },
};

/** Arguments that the tools must take, the first of them the plainest. */
function goodArguments(value: Value, option: string, family: IpFamily): readonly string[] {
  switch (value.type) {
    case "integer":
      return value.range
        ? [`${value.min}${value.range}${Number(value.min) + 3}`]
        : [`${Math.max(value.min, 1)}`, `${value.min}`, `${value.max}`, `0x${value.max.toString(16)}`];
    case "mark":
      return ["0x1", "0xffffffff", "0x1/0xff"];
    case "port":
      return ["80", "http", "0", "65535"];
    case "word":
      return [
        ...Object.keys(value.words),
        ...(value.list ? [Object.keys(value.words).slice(0, 2).join(",")] : []),
        ...(value.ignoreCase ? [(Object.keys(value.words)[0] as string).toUpperCase()] : []),
        ...(value.abbreviated ? [(Object.keys(value.words)[0] as string).slice(0, 1)] : []),
        ...(value.orInteger === undefined ? [] : [`${value.orInteger}`, `${value.fromInteger ?? 0}`]),
        ...(value.slash?.type === "integer" ? [`0x1/${value.slash.max}`] : []),
      ];
    case "address":
      return value.prefix ? [addresses[family].network] : [addresses[family].one];
    case "natAddress":
      return addresses[family].nat;
    case "natPorts":
      return ["80", "80-90"];
    case "interface":
      return ["eth0"];
    case "mac":
      return ["01:00:5e:00:00:01"];
    case "pattern":
      return patternSamples[option] ?? [];
    case "text":
      return value.empty ? ["sample", '""'] : ["sample"];
    default:
      return ["sample"];
  }
}

/** Arguments that the tools must refuse. */
function badArguments(value: Value): readonly string[] {
  switch (value.type) {
    case "integer":
      return [`${BigInt(value.max) + 1n}`, ...(value.min > 0 ? [`${value.min - 1}`] : []), "x"];
    case "mark":
      return ["0x100000000", "1/", "x"];
    case "port":
      return [...(value.wraps ? [] : ["65536"]), "no-such-service"];
    case "word":
      return ["nonsense", ...(value.fromInteger ? [`${value.fromInteger - 1}`] : [])];
    case "address":
    case "natAddress":
      return ["300.1.2.3/99"];
    case "natPorts":
      return ["65536", "90-80", ...(value.unshifted ? ["80-90/85"] : [])];
    case "text":
      return [...(value.empty ? [] : ['""']), ...(value.oneLine ? ['"left open'] : [])];
    case "pattern":
      return ["nonsense"];
    case "mac":
      return ["nonsense"];
    default:
      return [];
  }
}

function findOption(target: Extension, name: string): Option {
  return target.options.find(({ names }) => names.includes(name)) as Option;
}

/** The plainest spelling of an option. */
function plain(target: Extension, name: string, family: IpFamily): string {
  const option = findOption(target, name);
  return [option.word, ...option.values.map((value) => goodArguments(value, name, family)[0])].join(" ");
}

/** The options that must stand beside `given`, one of each group that it does not fill or forbid. */
function companions(target: Extension, given: readonly string[]): readonly string[] {
  const wanted = given.flatMap((name) => findOption(target, name).requires ?? []);
  const present = new Set([...given, ...wanted]);
  for (const name of [...present]) for (const more of findOption(target, name).requires ?? []) present.add(more);
  for (const group of target.needs ?? []) {
    if (!group.some((name) => present.has(name))) present.add(group[0] as string);
  }
  return [...present].filter((name) => !given.includes(name));
}

/** The rule with these options, spelled as in `text`, and whatever they need beside them. */
export function rule(
  target: Extension,
  place: Place,
  family: IpFamily,
  given: readonly string[],
  text?: string,
): string {
  const others = companions(target, given).map((name) => plain(target, name, family));
  const own = text ?? given.map((name) => plain(target, name, family)).join(" ");
  const words = ["-A", place.chain, "-p tcp --tcp-flags SYN,RST SYN", "-j", target.word, own, ...others];
  return `*${place.table}\n${words.filter((word) => word !== "").join(" ")}\nCOMMIT\n`;
}

/** The option with each of its good arguments in turn. */
function spellings(option: Option, name: string, family: IpFamily): readonly string[] {
  const all = option.values.map((value) => goodArguments(value, name, family));
  const most = Math.max(1, ...all.map(({ length }) => length));
  return Array.from({ length: most }, (_, index) =>
    [option.word, ...all.map((each) => each[index % each.length])].join(" "),
  );
}

/** Rules that the tools must take: each option with each of its good arguments. */
export function goodRules(target: Extension, family: IpFamily): readonly string[] {
  const place = places.find((each) => allows(target, each)) as Place;
  return target.options.flatMap((option) => {
    const name = option.names[0] as string;
    return spellings(option, name, family).map((words) => rule(target, place, family, [name], words));
  });
}

/** Rules that the tools must refuse: bad arguments, options that exclude one another, and missing ones. */
export function badRules(target: Extension, family: IpFamily): readonly string[] {
  const place = places.find((each) => allows(target, each)) as Place;
  const bad = target.options.flatMap((option) => {
    const name = option.names[0] as string;
    return option.values.length === 1
      ? badArguments(option.values[0] as Value).map((text) =>
          rule(target, place, family, [name], `${option.word} ${text}`),
        )
      : [];
  });
  const together = (target.excludes ?? []).flatMap((group) =>
    group.slice(1).map((name) => rule(target, place, family, [group[0] as string, name])),
  );
  const without = (target.needs ?? []).map((group) => {
    const others = (target.needs ?? [])
      .filter((each) => each !== group)
      .map(([name = ""]) => plain(target, name, family));
    return bareRule(target, place, others.join(" "));
  });
  const alone = target.options
    .filter(({ requires }) => requires)
    .map((option) => bareRule(target, place, plain(target, option.names[0] as string, family)));
  return [...bad, ...together, ...without, ...alone];
}

/** A rule with these options and none to go with them. */
function bareRule({ word }: Extension, { table, chain }: Place, options: string): string {
  return `*${table}\n-A ${chain} -p tcp -j ${word} ${options}\nCOMMIT\n`;
}
