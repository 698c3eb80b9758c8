import { spawnSync } from "node:child_process";

/** The two builds of iptables that a Debian machine has side by side. */
export type Build = "nft" | "legacy";
export const builds: readonly Build[] = ["nft", "legacy"];

/** What a restore made of a file: its complaint, or nothing when it took it. */
export interface Load {
  readonly build: Build;
  readonly family: "ipv4" | "ipv6";
  readonly text: string;
  /** User space only: nothing is handed to the kernel. */
  readonly test?: boolean;
}

/** Loads a file in a network namespace of its own and gives the tool's complaint, undefined when it was content. */
export function restore({ build, family, text, test }: Load): string | undefined {
  const tool = `${family === "ipv6" ? "ip6" : "ip"}tables-${build}-restore`;
  const run = spawnSync("unshare", ["-n", tool, ...(test ? ["--test"] : [])], {
    input: text,
    encoding: "utf8",
    env: { ...process.env, XTABLES_LOCKFILE: `/tmp/hookscope-test-${process.pid}.lock` },
  });
  if (run.error) throw run.error;
  return run.status === 0 ? undefined : run.stderr.trim() || `ended with ${run.status}`;
}

/** Why the real tools cannot be asked here; undefined when they can. */
export function missingTools(): string | undefined {
  try {
    const complaint = builds
      .map((build) => restore({ build, family: "ipv4", text: "*filter\nCOMMIT\n" }))
      .find((found) => found !== undefined);
    return complaint && `${need}: ${complaint}`;
  } catch (error) {
    return `${need}: ${(error as Error).message}`;
  }
}

const need =
  "This suite asks the real iptables-restore (nft and legacy build). Run it as root, with `apt-get install iptables util-linux`";
