import type { Command } from "../command.js";
import { type Read, textCommand } from "../reading.js";
import { type SysctlFact, sysctlFacts } from "./sysctlFacts.js";

/** A setting as a router has it. */
export interface Sysctl {
  /** With dots, an interface's name in its place even when it has dots itself. */
  readonly name: string;
  readonly value: string;
  /** The interface, `all` or `default` in the place of the fact's `*`. */
  readonly interface?: string;
  readonly fact: SysctlFact;
  /** True when the value is not the kernel's default, where that is known. */
  readonly changed: boolean;
  /** What is remarkable about the value. */
  readonly remark?: string;
}

const single = sysctlFacts.filter(({ name }) => !name.includes("*"));
const perInterface = sysctlFacts.filter(({ name }) => name.includes("*"));

/** The settings of the machine that matter here; those that this kernel does not have are left out. */
export const sysctls = sysctlCommand("kernel.sysctls", [
  "grep",
  "-Hs",
  "",
  ...single.map(({ name }) => `/proc/sys/${pathOf(name)}`),
]);

/** The settings of every interface that matter here. */
export const interfaceSysctls = sysctlCommand("kernel.interfaceSysctls", [
  "grep",
  "-rHs",
  "",
  "/proc/sys/net/ipv4/conf",
  "/proc/sys/net/ipv6/conf",
]);

function sysctlCommand(id: string, argv: readonly string[]): Command<readonly Sysctl[]> {
  return textCommand({
    id,
    title: "kernel settings",
    argv,
    root: false,
    alsoFine: [1, 2],
    parse: parseSysctls,
    hints: { absent: "The router has no /proc/sys, so its settings cannot be read." },
  });
}

/** `nf_log.2` is a directory's entry; all other dots are slashes. */
function pathOf(name: string): string {
  return name.replaceAll(".", "/");
}

function parseSysctls(text: string): Read<readonly Sysctl[]> | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const read = lines.map((line) => /^\/proc\/sys\/([^:]+):(.*)$/.exec(line));
  if (lines.length > 0 && read.every((match) => match === null)) return undefined;
  const found = read.flatMap((match) => (match ? readSysctl(match[1] as string, match[2] as string) : []));
  return { value: found.sort((a, b) => sysctlFacts.indexOf(a.fact) - sysctlFacts.indexOf(b.fact)) };
}

function readSysctl(path: string, text: string): Sysctl[] {
  const value = text.trim();
  const whole = single.find(({ name }) => pathOf(name) === path);
  if (whole) return [sysctl(whole, whole.name, value)];
  const parts = path.split("/");
  for (const fact of perInterface) {
    const [before = "", after = ""] = fact.name.split(".*.");
    const name = parts.slice(3, -1).join("/");
    if (path === `${pathOf(before)}/${name}/${after}`)
      return [{ ...sysctl(fact, `${before}.${name}.${after}`, value), interface: name }];
  }
  return [];
}

function sysctl(fact: SysctlFact, name: string, value: string): Sysctl {
  const remark = fact.remark?.(value);
  const changed = fact.usual !== undefined && fact.usual !== value;
  return { name, value, fact, changed, ...(remark && { remark }) };
}
