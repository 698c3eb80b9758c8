/** What client and server of the language service say to each other beyond LSP: names, settings, languages. */

/** The release of Hookscope, as in package.json. */
export const version = "0.1.0";

/** The name under which the client starts the server and its settings are filed. */
export const serverName = "hookscope";

/** VS Code's ids of the languages that the server answers for. */
export const languageIds = ["nftables", "iptables"] as const;

/** How loud a lint is; `off` silences it. */
export type RuleLevel = "off" | "hint" | "information" | "warning" | "error";

/** The settings below `hookscope` that the server reads. */
export interface Settings {
  readonly nftables: {
    /** Release of nft for which the files are made; absent for the newest. */
    readonly version?: string;
  };
  readonly lint: {
    /** False leaves only what the real tools refuse. */
    readonly enable: boolean;
    /** Lints by id; those not named keep their own severity. */
    readonly rules: Readonly<Record<string, RuleLevel>>;
  };
}

/** What counts until the editor has said something else. */
export const defaultSettings: Settings = { lint: { enable: true, rules: {} }, nftables: {} };

const levels: readonly unknown[] = ["off", "hint", "information", "warning", "error"] satisfies RuleLevel[];

/** What may be asked for as a release of nft. */
export const releasePattern = /^\d+\.\d+(\.\d+)?$/;

/** Reads whatever an editor sent as settings; what is missing or malformed counts as not said. */
export function readSettings(sent: unknown): Settings {
  const lint = field(sent, "lint");
  const rules = Object.entries(field(lint, "rules") ?? {}).filter(([, level]) => levels.includes(level));
  const version = field(field(sent, "nftables"), "version");
  return {
    lint: { enable: field(lint, "enable") !== false, rules: Object.fromEntries(rules) },
    nftables: typeof version === "string" && releasePattern.test(version) ? { version } : {},
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** What the client says when it starts the server. */
export interface InitializationOptions {
  /** False while the person has not said that the workspace may be trusted; files are then not read. */
  readonly trusted?: boolean;
}

/** Notification: the person trusts the workspace now. */
export const trustedMethod = "hookscope/trusted";

/** Request: the diagnostics of a file that is not open. */
export const checkTextMethod = "hookscope/checkText";

/** The file that `checkTextMethod` is about. */
export interface CheckTextParams {
  readonly uri: string;
  readonly languageId: (typeof languageIds)[number];
  readonly text: string;
}
