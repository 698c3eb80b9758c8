import { optionalBlock } from "./blocks.js";
import { chainRules } from "./chains.js";
import { commandNode, type Parts } from "./commandNode.js";
import type { Cursor } from "./cursor.js";
import { flowtableRules } from "./flowtables.js";
import { familyWord, nameAfterTable, nameRoles, position, tableReference } from "./names.js";
import type { FileItem, Word } from "./nodes.js";
import { objectKeyword, objectTypeAt } from "./objects.js";
import { elementCommand, ruleByHandle } from "./ruleCommands.js";

/** `delete chain ip t c`, `delete set ip t handle 4`, `delete rule ip t c handle 7`. */
export function removed(c: Cursor, start: number, verb: Word): FileItem {
  if (c.word === "element") return elementCommand(c, start, verb);
  if (c.word === "rule") return ruleByHandle(c, start, verb);
  const type = objectTypeAt(c);
  const role = type ? "objectName" : nameRoles.get(c.word);
  if (role === undefined) return c.failWord(`what to ${verb.text}`, removable);
  const kind = c.word;
  const object = type ? objectKeyword(c, type) : [c.takeWord("keyword")];
  if (kind === "table") return commandNode(c, start, verb, { object, ...tableOrHandle(c) });
  const of = tableReference(c);
  if (c.word === "handle") return commandNode(c, start, verb, { object, table: of, handle: position(c) });
  const name = nameAfterTable(c, role, kind);
  return commandNode(c, start, verb, {
    object,
    table: of,
    name,
    ...removedDevices(c, kind),
  });
}

const removable = "table chain rule set map element flowtable counter quota limit ct secmark synproxy tunnel".split(
  " ",
);

function tableOrHandle(c: Cursor): Parts {
  const { start } = c;
  const family = familyWord(c);
  if (c.word === "handle") {
    const of = family && ({ kind: "tableReference", start, end: family.end, family, name: undefined } as const);
    return { table: of, handle: position(c) };
  }
  const name = c.expectName("tableName", "the name of the table");
  return {
    table: { kind: "tableReference", start, end: name.end, family, name },
  };
}

/** `{ devices = { eth0 }; }` after the name takes devices away instead of the whole. */
function removedDevices(c: Cursor, kind: string): Parts {
  if (kind === "chain") return { items: optionalBlock(c, chainRules()).items };
  if (kind === "flowtable") return { items: optionalBlock(c, flowtableRules).items };
  return {};
}
