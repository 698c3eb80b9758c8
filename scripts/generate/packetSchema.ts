import { packetForms } from "../../netfilter/packet/packetJson.js";
import { packetTestForms } from "../../netfilter/simulate/packetTestFile.js";
import type { FieldForm } from "../../netfilter/text/fields.js";

type Schema = Readonly<Record<string, unknown>>;
type Forms = ReadonlyMap<string, FieldForm>;

/** JSON schema of `*.packets.yaml`: fields and ranges as the readers ask for them, sentences from the tables of the two pages. */
export function packetSchema(pathPage: string, testsPage: string): Schema {
  const { file, test, expectation } = packetTestForms();
  const packet = packetForms();
  const packetTexts = tableOf(pathPage, "A packet");
  const expectTexts = tableOf(testsPage, "Packet tests");
  const expect = { $ref: "#/$defs/expectation" };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Hookscope packet tests",
    ...objectOf(file, fileTexts, { rules: oneOrMany, state: { type: ["string", "object"] }, tests: manyOf("test") }),
    required: ["rules", "tests"],
    $defs: {
      test: objectOf(test, testTexts, { packet: { $ref: "#/$defs/packet" }, packets: manyOf("step"), expect }),
      packet: objectOf(packet, packetTexts, packetShapes),
      step: objectOf(new Map([...packet, ["expect", { kind: "any" }]]), packetTexts, { ...packetShapes, expect }),
      expectation: {
        anyOf: [formOf(expectation.get("end")), objectOf(expectation, expectTexts, { packet: { type: "object" } })],
      },
    },
  };
}

const fileTexts = new Map([
  ["rules", "A rules file or a list of them, relative to this file, in the order in which they are loaded."],
  ["state", "What is known of the router: a JSON file, or the same written here."],
  ["tests", "Each begins with a fresh router."],
]);

const testTexts = new Map([
  ["name", "What the packets show."],
  ["packet", "One packet."],
  ["packets", "Several, one after the other, each with its own expect."],
  ["expect", "What must become of the packet."],
]);

const oneOrMany = { type: ["string", "array"], items: { type: "string" } };

function manyOf(name: string): Schema {
  return { type: "array", items: { $ref: `#/$defs/${name}` } };
}

/** Fields of a packet at which the reader looks itself. */
const packetShapes: Readonly<Record<string, Schema>> = {
  flags: { type: ["string", "integer", "array"], items: { type: "string" } },
  about: { $ref: "#/$defs/packet" },
  fragment: { type: "object", properties: { offset: { type: "integer" }, more: { type: "boolean" } } },
  ether: {
    type: "object",
    properties: { saddr: { type: "string" }, daddr: { type: "string" }, vlan: { type: "integer" } },
  },
};

function objectOf(forms: Forms, texts: ReadonlyMap<string, string>, shapes: Readonly<Record<string, Schema>>): Schema {
  const properties = [...forms].map(([name, form]) => {
    const shape = shapes[name] ?? formOf(form);
    if (Object.keys(shape).length === 0) throw new Error(`the schema does not know what ${name} looks like`);
    const description = texts.get(name);
    if (description === undefined && name !== "expect") throw new Error(`no page tells what ${name} is`);
    return [name, { ...shape, ...(description !== undefined && { description }) }];
  });
  return { type: "object", additionalProperties: false, properties: Object.fromEntries(properties) };
}

function formOf(form: FieldForm | undefined): Schema {
  switch (form?.kind) {
    case "text":
      return { type: "string" };
    case "boolean":
      return { type: "boolean" };
    case "word":
      return { enum: form.words };
    case "number":
      return numberOf(form.from ?? 0, form.to, [...(form.words?.keys() ?? [])]);
    default:
      return {};
  }
}

/** Numbers may be texts, in hexadecimal; names are offered, and judged by the reader alone. */
function numberOf(minimum: number, maximum: number, words: readonly string[]): Schema {
  const named =
    words.length > 0 ? [{ enum: words }, { type: "string" }] : [{ type: "string", pattern: "^(\\d+|0x[\\da-fA-F]+)$" }];
  return { anyOf: [{ type: "integer", minimum, maximum }, ...named] };
}

/** The rows of the table below a heading: names in the first column, what they mean in the second. */
function tableOf(page: string, heading: string): Map<string, string> {
  const section = page.split(/^#+ /m).find((one) => one.startsWith(heading)) ?? "";
  const rows = [...section.matchAll(/^\| (`.*?) \| (.*) \|$/gm)];
  return new Map(
    rows.flatMap(([, names = "", text = ""]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = ""]) => [name, text] as const),
    ),
  );
}
