import { Diagnostic, DiagnosticSeverity, Range, type TestController, type TestItem, type Uri } from "vscode";
import type { OutlineProblem, SpotRange, TestOutline } from "../../server/packetTests/protocol.js";

/** Where a line of the test view stands: a test, or a packet of a sequence. */
export interface ItemPlace {
  readonly uri: Uri;
  readonly test: number;
  /** Absent for a whole test. */
  readonly packet?: number;
}

/** Shows what a file holds below its item, and tells the place of each. The same test keeps its id while it keeps its name. */
export function showOutline(controller: TestController, file: TestItem, { tests, problems }: TestOutline) {
  const places = new Map<TestItem, ItemPlace>();
  const uri = file.uri as Uri;
  const seen = new Map<string, number>();
  const items = tests.map(({ name, range, packets }, test) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const item = controller.createTestItem(`${file.id}#${name}#${count}`, name, uri);
    item.range = rangeOf(range);
    item.sortText = String(test).padStart(6, "0");
    places.set(item, { uri, test });
    if (packets.length > 1)
      for (const [packet, { text, range }] of packets.entries()) {
        const child = controller.createTestItem(`${item.id}#${packet}`, text, uri);
        child.range = rangeOf(range);
        child.sortText = String(packet).padStart(6, "0");
        places.set(child, { uri, test, packet });
        item.children.add(child);
      }
    return item;
  });
  file.children.replace(items);
  file.error = problems.find(({ severity }) => severity === "error")?.message;
  return places;
}

/** What is wrong with a test file, as Problems and the editor show it. */
export function diagnosticOf({ range, message, severity }: OutlineProblem): Diagnostic {
  const level = severity === "error" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning;
  const diagnostic = new Diagnostic(rangeOf(range), message, level);
  diagnostic.source = "hookscope";
  return diagnostic;
}

function rangeOf({ start, end }: SpotRange): Range {
  return new Range(start.line, start.column, end.line, end.column);
}
