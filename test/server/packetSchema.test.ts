import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { packetSchema } from "../../scripts/generate/packetSchema.js";
import { parsePacketTests } from "../../server/path/yamlTests.js";

// The schema is made of what the readers ask for; here both see the same texts.

const page = (name: string) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), "utf8");
const schema = packetSchema(page("path"), page("packet-tests"));

test.each([
  ["rules: r.nft\ntests: []", []],
  ["rules: [a.nft, b.v4]\nstate: s.json\ntests: [{ name: x, packets: [] }]", []],
  ["rule: r.nft\nrules: r.nft\ntests: []", ["rule"]],
  [
    "rules: r\ntests: [{ name: x, packet: { saddr: 10.0.0.1, daddr: 10.0.0.2, protocol: tcp, dprot: 1 }, expect: sent }]",
    ["dprot"],
  ],
  [
    "rules: r\ntests: [{ packets: [{ saddr: 10.0.0.1, daddr: 10.0.0.2, protocol: udp, sport: 0x10, expect: { ned: sent } }] }]",
    ["ned"],
  ],
])("schema and reader know the same fields: %s", (text, unknown) => {
  const { problems } = parsePacketTests(text);
  const told = problems.flatMap(({ message }) => /has no field (\w+)/.exec(message)?.[1] ?? []);
  expect(told).toEqual(unknown);
  expect(strangers(schema, parse(text))).toEqual(unknown);
});

interface Shape {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

/** Names of fields that the schema does not allow. */
function strangers(shape: Shape, value: unknown): string[] {
  if (shape.$ref)
    return strangers((schema.$defs as Record<string, Shape>)[shape.$ref.replace("#/$defs/", "")] ?? {}, value);
  if (shape.anyOf && typeof value === "object")
    return strangers(shape.anyOf.find(({ properties }) => properties) ?? {}, value);
  if (Array.isArray(value)) return value.flatMap((one) => strangers(shape.items ?? {}, one));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) => {
    const inner = shape.properties?.[name];
    return inner ? strangers(inner, one) : shape.additionalProperties === false ? [name] : [];
  });
}
