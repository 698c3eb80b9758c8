import type { Machine } from "./files.js";
import { type Host, HostError, type UnknownKey } from "./host.js";
import { isPort, type RouterSetting } from "./settings.js";
import { type Options, optionsFor } from "./sshConfig.js";

const defaultKeys = ["id_ed25519", "id_ecdsa", "id_rsa"];
const maxJumps = 8;

/** Works out how a router of the settings is reached. Throws a HostError that says what in the configuration stands against it. */
export function resolveSetting(machine: Machine, setting: RouterSetting): Host {
  return resolve(machine, setting, []);
}

/** Works out how a name of ssh_config is reached; one that no file mentions is a host name. Throws a HostError. */
export function resolveName(machine: Machine, name: string): Host {
  return resolve(machine, { name, host: name }, []);
}

function resolve(machine: Machine, setting: RouterSetting, above: readonly string[]): Host {
  const options = optionsFor(machine, setting.host, setting.user);
  const first = (keyword: string) => options.values.get(keyword)?.[0];
  const name = setting.host;
  const user = setting.user ?? first("user") ?? machine.user;
  const port = setting.port ?? readPort(first("port"), setting.name);
  const hostName = expand(machine, first("hostname") ?? name, { name, user, port, hostName: name });
  const tokens: Tokens = { name, user, port, hostName };
  const alias = first("hostkeyalias");
  const agent = agentOf(machine, options, tokens);
  return {
    ...{ name: setting.name, hostName, port, user },
    identityFiles: identityFiles(machine, setting, options, tokens),
    identitiesOnly: isYes(first("identitiesonly")),
    ...(agent && { agent }),
    ...(alias && { hostKeyAlias: alias }),
    ...knownHosts(machine, options, tokens),
    ...times(options),
    jumps: jumpsOf(machine, setting, options, [...above, name]),
    // Reading a ruleset needs root: whoever is not root is asked to become it, unless told otherwise.
    become: setting.become ?? (user === "root" ? "none" : "sudo"),
    notes: notesOf(setting, options),
  };
}

function knownHosts(machine: Machine, { values }: Options, tokens: Tokens) {
  const files = (keyword: string, otherwise: readonly string[]) =>
    (values.get(keyword) ?? otherwise).filter((path) => path !== "none").map((path) => expand(machine, path, tokens));
  return {
    knownHostsFiles: files("userknownhostsfile", ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]),
    globalKnownHostsFiles: files("globalknownhostsfile", ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]),
    unknownKey: unknownKey(values.get("stricthostkeychecking")?.[0]),
    hashKnownHosts: isYes(values.get("hashknownhosts")?.[0]),
  };
}

function times({ values }: Options) {
  const seconds = (keyword: string, otherwise: number) => readSeconds(values.get(keyword)?.[0]) ?? otherwise;
  return {
    // ssh's own default is never to ask; a view of a router that went away must say so.
    aliveInterval: seconds("serveraliveinterval", 5),
    aliveCountMax: Math.max(1, seconds("serveralivecountmax", 3)),
    connectTimeout: seconds("connecttimeout", 15),
  };
}

function jumpsOf(
  machine: Machine,
  setting: RouterSetting,
  { values }: Options,
  above: readonly string[],
): readonly Host[] {
  const written = setting.jump ?? values.get("proxyjump")?.join(",");
  if (!written || written.toLowerCase() === "none") return [];
  if (above.length > maxJumps)
    throw new HostError(
      `${setting.name}: the jump hosts lead in a circle or are more than ${maxJumps}. Mend ProxyJump.`,
    );
  const hops = written.split(",").map((hop) => resolve(machine, readHop(hop.trim()), above));
  // Only the first hop is reached by its own jumps; each later one is reached from the hop before it.
  return hops.flatMap((hop, index) => (index === 0 ? [...hop.jumps, { ...hop, jumps: [] }] : [{ ...hop, jumps: [] }]));
}

/** `[user@]host[:port]`, the host in brackets when it is an IPv6 address, with or without `ssh://`. */
function readHop(written: string): RouterSetting {
  const found = /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([^\]]+)\]|([^:@[\]]+))(?::(\d+))?\/?$/.exec(written);
  const [, user, bracketed, plain, port] = found ?? [];
  const host = bracketed ?? plain;
  if (!host) throw new HostError(`"${written}" is no jump host: write user@host:port.`);
  return { name: host, host, ...(user && { user }), ...(port && { port: readPort(port, host) }) };
}

function identityFiles(machine: Machine, setting: RouterSetting, options: Options, tokens: Tokens): readonly string[] {
  const configured = options.identityFiles.filter((path) => path.toLowerCase() !== "none");
  const own = setting.identityFile ? [setting.identityFile] : configured;
  const off = options.identityFiles.length > 0 && configured.length === 0 && own.length === 0;
  const chosen = own.length > 0 || off ? own : defaultKeys.map((key) => `~/.ssh/${key}`);
  return chosen.map((path) => expand(machine, path, tokens));
}

function agentOf(machine: Machine, { values }: Options, tokens: Tokens): string | undefined {
  const written = values.get("identityagent")?.[0] ?? "SSH_AUTH_SOCK";
  if (written.toLowerCase() === "none") return undefined;
  const variable = written === "SSH_AUTH_SOCK" ? written : /^\$\{?(\w+)\}?$/.exec(written)?.[1];
  return variable ? machine.env[variable] || undefined : expand(machine, written, tokens);
}

function notesOf({ name, jump }: RouterSetting, { values, notes }: Options): readonly string[] {
  const command = values.get("proxycommand")?.join(" ");
  const unheeded = command && command.toLowerCase() !== "none" && !jump && !values.has("proxyjump");
  return unheeded
    ? [...notes, `ProxyCommand of ${name} was passed over: Hookscope starts no programs to connect. Use ProxyJump.`]
    : notes;
}

interface Tokens {
  readonly name: string;
  readonly hostName: string;
  readonly user: string;
  readonly port: number;
}

/** `~`, `${VARIABLE}` and the percent tokens of ssh_config's paths and names. */
function expand(machine: Machine, text: string, { name, hostName, user, port }: Tokens): string {
  const tokens: Record<string, string> = {
    ...{ "%": "%", h: hostName, n: name, p: String(port), r: user, u: machine.user, d: machine.home },
  };
  return text
    .replace(/^~(?=\/|$)/, machine.home)
    .replace(/\$\{(\w+)\}/g, (whole, variable: string) => machine.env[variable] ?? whole)
    .replace(/%(.)/g, (whole, token: string) => tokens[token] ?? whole);
}

function readPort(text: string | undefined, name: string): number {
  if (text === undefined) return 22;
  const port = Number(text);
  if (!isPort(port)) throw new HostError(`${name}: "${text}" is no port. Write a number from 1 to 65535.`);
  return port;
}

/** `30`, `1m`, `1h30m`, in seconds. */
function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+[smhdw]?)+$/i.test(text)) return undefined;
  const units: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  const parts = [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 1), 0);
}

function unknownKey(text: string | undefined): UnknownKey {
  if (text === "yes") return "refuse";
  return text === "accept-new" || text === "no" || text === "off" ? "accept" : "ask";
}

function isYes(text: string | undefined): boolean {
  return text?.toLowerCase() === "yes" || text?.toLowerCase() === "true";
}
