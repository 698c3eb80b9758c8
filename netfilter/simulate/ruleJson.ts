import { protocols } from "../facts/protocols.js";
import { type AddressFamily, parseAddress, widths } from "../packet/address.js";
import { type FieldProblem, Fields } from "../text/fields.js";
import type { PolicyRule } from "./state.js";
import { type TableNames, tableNumber } from "./tableNames.js";

/** One element of `ip -j rule`. */
export function readPolicyRule(
  value: unknown,
  path: FieldProblem["path"],
  problems: FieldProblem[],
  family: AddressFamily,
  tables: TableNames,
): PolicyRule | undefined {
  const fields = new Fields(value, path, problems, "a rule of ip rule");
  const priority = fields.number("priority", { to: 0xffff_ffff });
  const action = readAction(fields, tables);
  if (priority === undefined || !action) {
    fields.complain(undefined, "a rule of ip rule needs priority and a table, goto or action");
    return undefined;
  }
  const mark = fields.number("fwmark", { to: 0xffff_ffff });
  const rule = {
    family,
    priority,
    not: isSet(fields, "not") || undefined,
    from: readNetwork(fields, "src", family),
    to: readNetwork(fields, "dst", family),
    iif: fields.string("iif"),
    oif: fields.string("oif"),
    mark,
    mask: fields.number("fwmask", { to: 0xffff_ffff }),
    tos: fields.number("tos", { to: 0xff }),
    protocol: fields.number("ipproto", { to: 0xff, words: protocols }),
    sport: readPorts(fields, "sport"),
    dport: readPorts(fields, "dport"),
    uids: readUsers(fields),
    action,
  };
  return Object.fromEntries(Object.entries(rule).filter(([, one]) => one !== undefined)) as unknown as PolicyRule;
}

/** `ip -j` writes a switch as a key without value. */
function isSet(fields: Fields, name: string): boolean {
  return fields.hasKey(name) && fields.raw(name) !== false;
}

function readAction(fields: Fields, tables: TableNames): PolicyRule["action"] | undefined {
  const target = fields.number("goto", { to: 0xffff_ffff });
  if (target !== undefined) return { do: "goto", priority: target };
  const word = fields.string("action");
  if (word === "blackhole" || word === "unreachable" || word === "prohibit" || word === "nop") return { do: word };
  if (isSet(fields, "nop")) return { do: "nop" };
  const table = tableNumber(fields, tables);
  if (table === undefined) return undefined;
  const length = fields.number("suppress_prefixlen", { to: 128 });
  const group = fields.raw("suppress_ifgroup");
  return {
    do: "lookup",
    table,
    ...(length !== undefined && { suppressPrefixLength: length }),
    ...(group !== undefined && { suppressGroup: group === "default" ? 0 : Number(group) }),
  };
}

/** `src` and `srclen`, or both in one text; `all` is any. */
function readNetwork(fields: Fields, name: "src" | "dst", family: AddressFamily): PolicyRule["from"] {
  const text = fields.string(name);
  const given = fields.number(`${name}len`, { to: widths[family] });
  if (text === undefined || text === "all") return undefined;
  const [address = "", length] = text.split("/");
  const found = parseAddress(address, "nftables");
  if (!found) fields.complain(name, `${name} is a network or all, not "${text}"`);
  const prefixLength = given ?? (length === undefined ? widths[family] : Number(length));
  return found && { value: found.value, prefixLength };
}

/** One port, a text `1-9`, or `sport_start` and `sport_end`. */
function readPorts(fields: Fields, name: "sport" | "dport"): readonly [number, number] | undefined {
  const from = fields.number(`${name}_start`, { to: 0xffff });
  const to = fields.number(`${name}_end`, { to: 0xffff });
  if (from !== undefined && to !== undefined) return [from, to];
  const value = fields.raw(name);
  if (value === undefined) return undefined;
  const [first = Number.NaN, last = first] = String(value).split("-").map(Number);
  if (Number.isInteger(first) && Number.isInteger(last)) return [first, last];
  fields.complain(name, `${name} is a port or a range such as 80-90, not ${JSON.stringify(value)}`);
  return undefined;
}

function readUsers(fields: Fields): readonly [number, number] | undefined {
  const from = fields.number("uid_start", { to: 0xffff_ffff });
  const to = fields.number("uid_end", { to: 0xffff_ffff });
  return from !== undefined && to !== undefined ? [from, to] : undefined;
}
