import type { Command } from "../command.js";
import { textCommand } from "../reading.js";

/** Names of routing tables by number. */
export type TableNames = ReadonlyMap<number, string>;

/** What the files of iproute2 call the routing tables; the kernel's own three are always there. */
export const routeTables: Command<TableNames> = textCommand({
  id: "ip.tables",
  title: "names of routing tables",
  argv: ["grep", "-rhs", "", "/usr/share/iproute2/rt_tables", "/etc/iproute2/rt_tables", "/etc/iproute2/rt_tables.d"],
  root: false,
  alsoFine: [1, 2],
  mayBeEmpty: true,
  parse: (text) => ({ value: parseTables(text) }),
});

const own: readonly (readonly [number, string])[] = [
  [255, "local"],
  [254, "main"],
  [253, "default"],
];

function parseTables(text: string): TableNames {
  const lines = [...text.matchAll(/^\s*(\d+|0x[\da-f]+)\s+([^\s#]+)/gim)];
  return new Map([...own, ...lines.map(([, number, name = ""]): [number, string] => [Number(number), name])]);
}
