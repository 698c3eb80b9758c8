import type { RouterState } from "./state.js";

/** The switches of a machine; one that is not known is taken at the default of whoever asks. */
export class Sysctls {
  private readonly values: Readonly<Record<string, string>>;

  constructor(values: RouterState["sysctls"]) {
    this.values = values ?? {};
  }

  /** The value as a number; undefined when the state does not tell. */
  number(path: string): number | undefined {
    const text = this.values[path];
    const value = text === undefined ? Number.NaN : Number.parseInt(text, 10);
    return Number.isNaN(value) ? undefined : value;
  }

  /** The greater of `all` and the interface's own, as the kernel takes `rp_filter`; undefined when neither is known. */
  greatest(name: string, device: string): number | undefined {
    const all = this.number(`net.ipv4.conf.all.${name}`);
    const own = this.number(`net.ipv4.conf.${device}.${name}`);
    return all === undefined && own === undefined ? undefined : Math.max(all ?? 0, own ?? 0);
  }

  /** Whether it is on for all interfaces or for this one; off where nothing is known. */
  either(name: string, device: string): boolean {
    return (this.greatest(name, device) ?? 0) !== 0;
  }

  /** Whether packets that come in by the interface may be forwarded; undefined when the state does not tell. */
  forwards(family: "ipv4" | "ipv6", device: string): boolean | undefined {
    const ipv4 = this.number(`net.ipv4.conf.${device}.forwarding`) ?? this.number("net.ipv4.ip_forward");
    const ipv6 = this.number("net.ipv6.conf.all.forwarding");
    const forced = this.number(`net.ipv6.conf.${device}.force_forwarding`);
    const value = family === "ipv4" ? (ipv4 ?? this.number("net.ipv4.conf.all.forwarding")) : forced || ipv6;
    return value === undefined ? undefined : value !== 0;
  }
}
