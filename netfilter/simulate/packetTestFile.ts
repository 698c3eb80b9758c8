import { readPacket } from "../packet/packetJson.js";
import { AskedFields, type FieldForm, type FieldProblem, Fields, kindOf } from "../text/fields.js";
import type { Span } from "../text/span.js";
import { type Expectation, expectedEnds, type PacketStep, type PacketTest } from "./packetTests.js";
import type { RouterState } from "./state.js";
import { readState } from "./stateJson.js";

type Path = FieldProblem["path"];

/** What a packet test file asks for, by the form that `docs/packet-tests.md` describes. */
export interface PacketTestFile {
  /** Rules files, relative to the test file, in the order in which they are loaded. */
  readonly rules: readonly string[];
  /** The router's state, or the file that holds it. */
  readonly state: RouterState | string;
  readonly tests: readonly PacketTest[];
}

/** Where the value that a path leads to stands in the file. */
export type Locate = (path: Path) => Span;

/** Makes tests of a file's content, as YAML or JSON have read it. What is wrong goes to `problems`, the rest is usable. */
export function readPacketTests(value: unknown, locate: Locate, problems: FieldProblem[]): PacketTestFile {
  return readFile(new Fields(value, [], problems, "a packet test file"), locate);
}

/** The fields of a test file and of what it holds, as they are asked for above and below. */
export function packetTestForms() {
  const asked = (read: (fields: AskedFields) => void) => {
    const fields = new AskedFields();
    read(fields);
    return fields.asked as ReadonlyMap<string, FieldForm>;
  };
  const nowhere = () => ({ start: 0, end: 0 });
  return {
    file: asked((fields) => readFile(fields, nowhere)),
    test: asked((fields) => readTestFields(fields, nowhere)),
    expectation: asked(readExpectationFields),
  };
}

function readFile(fields: Fields, locate: Locate): PacketTestFile {
  const { problems } = fields;
  const rules = readRules(fields);
  const state = readStateField(fields, problems);
  const tests = fields.list("tests", (one, path) => readTest(one, path, locate, problems)) ?? [];
  if (!fields.has("tests"))
    fields.complain(undefined, "a packet test file needs tests: a list of packets with what is expected");
  fields.end();
  return { rules, state, tests };
}

function readRules(fields: Fields): string[] {
  const value = fields.raw("rules");
  const list = Array.isArray(value) ? value : [value];
  if (list.every((one) => typeof one === "string") && list.length > 0) return list;
  fields.complain("rules", `rules is the name of a rules file or a list of names, not ${kindOf(value)}`);
  return [];
}

function readStateField(fields: Fields, problems: FieldProblem[]): RouterState | string {
  const value = fields.raw("state");
  if (value === undefined) return {};
  if (typeof value === "string") return value;
  const own: FieldProblem[] = [];
  const state = readState(value, own);
  problems.push(...own.map(({ path, message }) => ({ path: ["state", ...path], message })));
  return state ?? {};
}

function readTest(value: unknown, path: Path, locate: Locate, problems: FieldProblem[]): PacketTest | undefined {
  return readTestFields(new Fields(value, path, problems, "a test"), locate);
}

function readTestFields(fields: Fields, locate: Locate): PacketTest {
  const { path, problems } = fields;
  const name = fields.string("name") ?? `test ${Number(path.at(-1)) + 1}`;
  const several = fields.list("packets", (one, at) => readStep(one, at, locate, problems));
  const packet = fields.raw("packet");
  const single = fields.has("packet") ? readSingle(packet, fields, locate) : undefined;
  if (!fields.has("packets") && !fields.has("packet"))
    fields.complain(undefined, "a test needs packet, or packets for a sequence");
  fields.end();
  return { name, packets: several ?? (single ? [single] : []), ...locate(path) };
}

function readSingle(packet: unknown, fields: Fields, locate: Locate): PacketStep | undefined {
  const { path, problems } = fields;
  const given = readPacket(packet, [...path, "packet"], problems);
  const expect = readExpectation(fields.raw("expect"), [...path, "expect"], problems);
  return given && expect && { ...given, expect, ...locate([...path, "packet"]) };
}

/** One packet of a sequence: its fields, and `expect` beside them. */
function readStep(value: unknown, path: Path, locate: Locate, problems: FieldProblem[]): PacketStep | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const { expect: wanted, ...packet } = isObject ? (value as Record<string, unknown>) : { expect: undefined };
  const given = readPacket(isObject ? packet : value, path, problems);
  const expect = readExpectation(wanted, [...path, "expect"], problems);
  return given && expect && { ...given, expect, ...locate(path) };
}

/** A word such as `dropped`, or an object. */
function readExpectation(value: unknown, path: Path, problems: FieldProblem[]): Expectation | undefined {
  if (value === undefined) return {};
  const isWord = typeof value === "string";
  const fields = new Fields(
    isWord ? { end: value } : value,
    isWord ? path.slice(0, -1) : path,
    problems,
    "an expectation",
  );
  return readExpectationFields(fields);
}

function readExpectationFields(fields: Fields): Expectation {
  const end = fields.word("end", expectedEnds);
  const packet = fields.raw("packet");
  const texts = ["oif", "nexthop", "rule", "why"].map((name) => [name, fields.string(name)] as const);
  if (packet !== undefined && (typeof packet !== "object" || packet === null || Array.isArray(packet)))
    fields.complain("packet", `packet holds fields that the packet has at the end, not ${kindOf(packet)}`);
  fields.end();
  return {
    ...(end !== undefined && { end }),
    ...(packet !== undefined && { packet: packet as Record<string, unknown> }),
    ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
  };
}
