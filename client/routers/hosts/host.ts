/** How root's rights are got on a router: the login has them or does without, or sudo gives them. */
export type Become = "none" | "sudo";

/** What `StrictHostKeyChecking` asks for a host whose key is not known yet; a changed key is refused whatever it says. */
export type UnknownKey = "ask" | "accept" | "refuse";

/** Everything that is needed to reach one machine, with all names, files and defaults worked out. */
export interface Host {
  /** As the person calls it: a name of ssh_config or of the settings. */
  readonly name: string;
  /** Name or address to connect to. */
  readonly hostName: string;
  readonly port: number;
  readonly user: string;
  /** Absolute paths of private keys, those of the configuration or ssh's defaults; some may not exist. */
  readonly identityFiles: readonly string[];
  /** True when only `identityFiles` may be tried, also of what the agent holds. */
  readonly identitiesOnly: boolean;
  /** Socket of the agent; absent when there is none or it is switched off. */
  readonly agent?: string;
  /** Looked up in known_hosts instead of name and port. */
  readonly hostKeyAlias?: string;
  /** In the order in which they are searched; a new key is appended to the first. */
  readonly knownHostsFiles: readonly string[];
  /** Lines of known hosts that stand in no file: those of a server that this program itself has started. */
  readonly knownHostsLines?: string;
  /** Searched after `knownHostsFiles`, never written. */
  readonly globalKnownHostsFiles: readonly string[];
  readonly unknownKey: UnknownKey;
  /** True when new lines of known_hosts shall hide the name. */
  readonly hashKnownHosts: boolean;
  /** Seconds between questions whether the router is still there; 0 asks never. */
  readonly aliveInterval: number;
  /** Unanswered questions after which the connection counts as lost. */
  readonly aliveCountMax: number;
  /** Seconds to wait for the machine's first answer. */
  readonly connectTimeout: number;
  /** Machines on the way, the first to be reached first. */
  readonly jumps: readonly Host[];
  readonly become: Become;
  /** What the configuration asks and cannot be done, in sentences for a person. */
  readonly notes: readonly string[];
}

/** A host that cannot be worked out: its message says why and what to do. */
export class HostError extends Error {}
