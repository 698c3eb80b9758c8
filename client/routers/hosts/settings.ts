import type { Become } from "./host.js";

/** One entry of the setting `hookscope.routers`: what it leaves out comes from ssh_config for its `host`. */
export interface RouterSetting {
  readonly name: string;
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  readonly identityFile?: string;
  /** As `ProxyJump`: `user@host:port,...`. */
  readonly jump?: string;
  readonly become?: Become;
}

/** The routers of the setting, and what is wrong with those that are not, in sentences for a person. */
export interface ReadSettings {
  readonly routers: readonly RouterSetting[];
  readonly mistakes: readonly string[];
}

/** Reads the setting `hookscope.routers` as the editor gives it; anything may stand in a settings file. */
export function readRouterSettings(value: unknown): ReadSettings {
  if (value === undefined) return { routers: [], mistakes: [] };
  if (!Array.isArray(value)) return { routers: [], mistakes: ['"hookscope.routers" must be a list of routers.'] };
  const routers: RouterSetting[] = [];
  const mistakes: string[] = [];
  for (const [index, entry] of value.entries()) {
    const place = `Router ${index + 1} of "hookscope.routers"`;
    const read = readEntry(entry);
    if (typeof read === "string") mistakes.push(`${place} ${read}.`);
    else if (routers.some(({ name }) => name === read.name)) mistakes.push(`${place} has the name of another one.`);
    else routers.push(read);
  }
  return { routers, mistakes };
}

function readEntry(entry: unknown): RouterSetting | string {
  const written = typeof entry === "string" ? { host: entry } : entry;
  if (typeof written !== "object" || written === null) return "is neither a name nor an object";
  const { name, host, user, port, identityFile, jump, become } = written as Record<string, unknown>;
  const texts = Object.entries({ name, host, user, identityFile, jump });
  const wrong = texts.find(([, value]) => value !== undefined && (typeof value !== "string" || value === ""));
  if (wrong) return `has a "${wrong[0]}" that is no text`;
  if (host === undefined) return 'lacks "host": a name of ssh_config, a host name or an address';
  if (port !== undefined && !isPort(port)) return 'has a "port" that is none: a number from 1 to 65535';
  if (become !== undefined && become !== "none" && become !== "sudo")
    return 'has a "become" that is not "none" or "sudo"';
  return { name: name ?? host, ...defined({ host, user, port, identityFile, jump, become }) } as RouterSetting;
}

/** True for a number that can be a TCP port. */
export function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65536;
}

function defined(entries: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}
