import type { Command } from "./command.js";
import { textCommand } from "./reading.js";

/** The tables of nftables, `inet filter` each; none is an answer. */
export const nftTables: Command<readonly string[]> = textCommand({
  id: "nft.tables",
  title: "the names of nftables' tables",
  argv: ["nft", "list", "tables"],
  root: true,
  mayBeEmpty: true,
  parse: (text) => {
    const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
    const tables = lines.map((line) => /^table (\S+ \S+)$/.exec(line.trim())?.[1]);
    return tables.every((table) => table !== undefined) ? { value: tables } : undefined;
  },
});
