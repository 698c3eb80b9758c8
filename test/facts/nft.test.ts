import { describe, expect, test } from "vitest";
import {
  allEntries,
  datatypes,
  findConstant,
  findDatatype,
  findField,
  findHeader,
  findKey,
  findStatement,
  headers,
  keys,
  keysOf,
  keyword,
  keywords,
  statements,
} from "../../netfilter/facts/nft/index.js";

const entries = allEntries();

test("the catalogue is not half empty", () => {
  expect(entries.length).toBeGreaterThan(700);
});

describe("every entry", () => {
  test.each(["doc", "forms"] as const)("has %s", (part) => {
    expect(entries.filter((entry) => entry[part].length === 0).map(({ word }) => word)).toEqual([]);
  });

  test("says something in whole sentences", () => {
    const short = entries.filter(({ doc }) => doc.length < 4 || !/^[A-Z0-9`"\d]/.test(doc) || !/[.`)?]$/.test(doc));
    expect(short.map(({ word, doc }) => `${word}: ${doc}`)).toEqual([]);
  });

  test("is short enough for a hover", () => {
    expect(entries.filter(({ doc }) => doc.length > 520).map(({ word, doc }) => `${word}: ${doc.length}`)).toEqual([]);
  });

  test("closes its quotes and code spans", () => {
    const open = entries.filter(({ doc }) => (doc.match(/`/g)?.length ?? 0) % 2 === 1);
    expect(open.map(({ word }) => word)).toEqual([]);
  });

  test("names a real release where it is newer than 1.0.6", () => {
    const releases = /^1\.(0\.[789]|1\.[0-7])$/;
    const odd = entries.filter(({ since }) => since !== undefined && !releases.test(since));
    expect(odd.map(({ word, since }) => `${word} ${since}`)).toEqual([]);
  });
});

describe("what matters most says more than its name", () => {
  const longest = [...statements, ...headers.filter(({ group }) => group === "payload"), ...keys];
  test("statements, headers and keys", () => {
    const meagre = longest.filter(({ doc }) => doc.length < 30);
    expect(meagre.map(({ word, doc }) => `${word}: ${doc}`)).toEqual([]);
  });

  test.each([
    ["masquerade", /interface.*deleted.*dropped/s],
    ["accept", /other base chains/i],
    ["drop", /for good/],
    ["queue", /bypass/],
    ["notrack", /-200/],
    ["reject", /answer of the kernel's own/],
    ["redirect", /conntrack/],
  ])("%s", (word, pattern) => {
    expect(findStatement(word)?.doc).toMatch(pattern);
  });

  test("meta mark sends to the connection's", () => {
    expect(findKey("meta", "mark")?.doc).toContain("ct mark set meta mark");
  });
});

describe("words are unique", () => {
  test.each([
    ["statements", statements.map(({ word }) => word)],
    ["headers", headers.map(({ group, word }) => `${group} ${word}`)],
    ["fields", headers.flatMap(({ group, word, fields }) => fields.map((field) => `${group} ${word} ${field.word}`))],
    ["keys", keys.map(({ family, word }) => `${family} ${word}`)],
    ["datatypes", datatypes.map(({ word }) => word)],
    ["constants", datatypes.flatMap((type) => type.constants.map(({ word }) => `${type.word} ${word}`))],
    [
      "keywords",
      keywords.map(({ group, word, families, hooks }) => [group, word, families ?? "", hooks ?? ""].join(" ")),
    ],
  ])("%s", (_, words) => {
    expect(words.filter((word, at) => words.indexOf(word) !== at)).toEqual([]);
  });
});

describe("values fit their types", () => {
  const typed = [
    ...keys.map((key) => ({ name: `${key.family} ${key.word}`, datatype: key.datatype, bits: key.bits })),
    ...headers.flatMap(({ word, fields }) => fields.map((field) => ({ ...field, name: `${word} ${field.word}` }))),
  ];

  test("every datatype that is named exists", () => {
    expect(
      typed.filter(({ datatype }) => !findDatatype(datatype)).map(({ name, datatype }) => `${name}: ${datatype}`),
    ).toEqual([]);
  });

  test("a datatype of fixed length has it everywhere", () => {
    const ofOtherLength = typed.filter(({ datatype, bits }) => {
      const own = findDatatype(datatype)?.bits ?? 0;
      return own !== 0 && bits !== 0 && own !== bits && datatype !== "boolean";
    });
    expect(ofOtherLength.map(({ name }) => name)).toEqual([]);
  });

  test("constants fit into their type's bits", () => {
    const tooLarge = datatypes.flatMap(({ word, bits, constants }) =>
      constants
        .filter(({ value }) => value < 0 || (bits > 0 && value >= 2 ** bits))
        .map((constant) => `${word} ${constant.word}`),
    );
    expect(tooLarge).toEqual([]);
  });

  test("the fields of a header do not overlap, aliases and parts of messages left out", () => {
    const overlapping = headers
      .filter(({ word }) => !["icmp", "icmpv6", "vlan"].includes(word))
      .flatMap(({ word, fields }) =>
        fields.flatMap((field, at) =>
          fields
            .slice(at + 1)
            .filter((other) => field.offset < other.offset + other.bits && other.offset < field.offset + field.bits)
            .map((other) => `${word}: ${field.word} and ${other.word}`),
        ),
      );
    expect(overlapping).toEqual([]);
  });
});

describe("lookups", () => {
  test.each([
    ["masquerade", () => findStatement("masquerade")?.hooks?.join(), "postrouting"],
    ["tcp dport", () => findField(findHeader("tcp") as never, "dport")?.datatype, "inet_service"],
    ["tcp option maxseg size", () => findField(findHeader("maxseg", "tcp option") as never, "size")?.bits, 16],
    ["ct state", () => findKey("ct", "state")?.datatype, "ct_state"],
    ["established", () => findConstant(findDatatype("ct_state") as never, "established")?.value, 2],
    [
      "keys of fib",
      () =>
        keysOf("fib")
          .map(({ word }) => word)
          .join(),
      "oif,oifname,type,check",
    ],
    ["destroy", () => keyword("destroy")?.since, "1.0.7"],
    ["counter as an object", () => keyword("counter", "object")?.group, "object"],
    [
      "nothing",
      () => findStatement("acept") ?? findKey("ct", "stat") ?? findHeader("tpc") ?? keyword("tabel"),
      undefined,
    ],
  ])("%s", (_, find, expected) => {
    expect(find()).toEqual(expected);
  });
});
