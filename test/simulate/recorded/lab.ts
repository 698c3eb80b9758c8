import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Language } from "../../../netfilter/language.js";
import { loadRules } from "../../../netfilter/simulate/load.js";
import type { Loaded } from "../../../netfilter/simulate/router.js";
import type { PolicyRule, RouterState } from "../../../netfilter/simulate/state.js";
import { device, markRule, ownRules, route } from "../world.js";

const shared = fileURLToPath(new URL("../../../../shared/", import.meta.url));

/** The absolute path of a file or folder in `../shared`; throws a sentence that says what is missing. */
function sharedPath(path: string): string {
  if (!existsSync(shared + path))
    throw new Error(
      `${shared + path} is missing: the kernel's recordings and the lab's rules lie beside the checkout.`,
    );
  return shared + path;
}

/** The text of a file in `../shared`. */
export function sharedText(path: string): string {
  return readFileSync(sharedPath(path), "utf8");
}

/** The names of what was recorded in a folder below `recordings/netns`: each has its command in a file. */
export function recordedNames(folder: string): readonly string[] {
  const files = readdirSync(sharedPath(`recordings/netns/${folder}`));
  return files.filter((name) => name.endsWith(".cmd")).map((name) => name.slice(0, -".cmd".length));
}

/** What was recorded in namespaces, by path below `recordings/netns`. */
export function recorded(path: string): string {
  return sharedText(`recordings/netns/${path}`);
}

/** The lines of a recording, without empty ones. */
export function recordedLines(path: string): readonly string[] {
  return recorded(path)
    .split("\n")
    .filter((line) => line.trim() !== "");
}

/** Rules as the lab's router had them loaded. */
export function loaded(text: string, language: Language): Loaded {
  return loadRules("the lab's rules", text, language);
}

const incident = "incidents/a_mark_mismatch";

/** The lab's router as its own commands told it; `more` is what a recording had beside it. */
export function labState({ links = [], marks = false, sysctls = {} }: LabWishes = {}): RouterState {
  const names = ["all", "default", "lan0", "wan1", "wan2"];
  return {
    interfaces: recordedLines(`${incident}/ip_addr.txt`).map((line, index) => interfaceOf(line, index + 1, links)),
    routes: recordedLines(`${incident}/ip_route_all.txt`).map((line) => route(line.trim())),
    rules: marks ? recordedLines(`${incident}/ip_rule.txt`).map(ruleOf) : ownRules,
    sysctls: {
      "net.ipv4.ip_forward": "1",
      "net.ipv6.conf.all.forwarding": "1",
      ...Object.fromEntries(names.map((name) => [`net.ipv4.conf.${name}.rp_filter`, "0"])),
      ...sysctls,
    },
  };
}

interface LabWishes {
  /** Link-local addresses, which are other ones in each lab: `wan1 fe80::1`. */
  readonly links?: readonly string[];
  /** Whether the rules that choose an uplink by mark were there. */
  readonly marks?: boolean;
  readonly sysctls?: RouterState["sysctls"];
}

/** Reads a line of `ip -br addr`. */
function interfaceOf(line: string, index: number, links: readonly string[]) {
  const [at = "", , ...addresses] = line.trim().split(/\s+/);
  const name = at.replace(/@.*/, "");
  const own = links.filter((link) => link.startsWith(`${name} `)).map((link) => `${link.split(" ")[1]}/64`);
  return device(name, index, ...addresses.filter((one) => own.length === 0 || !one.startsWith("fe80")), ...own);
}

const tables: Readonly<Record<string, number>> = { local: 255, main: 254, default: 253 };

/** Reads a line of `ip rule`. */
function ruleOf(line: string): PolicyRule {
  const [, priority, mark, mask, name = ""] =
    /^(\d+):\tfrom all (?:fwmark (\w+)\/(\w+) )?lookup (\S+)/.exec(line) ?? [];
  const table = tables[name] ?? Number(name);
  if (mark !== undefined) return markRule(Number(priority), Number(mark), Number(mask), table);
  return { family: "ipv4", priority: Number(priority), action: { do: "lookup", table } };
}
