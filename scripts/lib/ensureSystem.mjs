// @ts-check
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { run, SetupError, step } from "./shell.mjs";

/** What the tests use of the machine, and the Debian package that brings it. */
const needed = [
  { package: "nftables", file: "/usr/sbin/nft" },
  { package: "iptables", file: "/usr/sbin/iptables-nft-restore" },
  { package: "iproute2", file: "/usr/sbin/ip" },
  { package: "python3", file: "/usr/bin/python3" },
  { package: "conntrack", file: "/usr/sbin/conntrack" },
  { package: "ipset", file: "/usr/sbin/ipset" },
  { package: "tcpdump", file: "/usr/bin/tcpdump" },
  { package: "bpftrace", file: "/usr/bin/bpftrace" },
  { package: "openssh-server", file: "/usr/sbin/sshd" },
  { package: "openssh-client", file: "/usr/bin/ssh-agent" },
  { package: "dropbear-bin", file: "/usr/sbin/dropbear" },
  { package: "busybox", file: "/usr/bin/busybox" },
  { package: "sudo", file: "/usr/bin/sudo" },
  { package: "procps", file: "/usr/bin/pgrep" },
  { package: "openssl", file: "/usr/bin/openssl" },
  { package: "chromium", file: "/usr/bin/chromium" },
  { package: "fonts-dejavu-core", file: "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf" },
];

/** Installs what is missing, where that is allowed, and else says what to install. */
export async function ensureSystem() {
  const missing = needed.filter(({ file }) => !existsSync(file) && !existsSync(file.replace("/usr/sbin/", "/sbin/")));
  if (missing.length === 0) return;
  const install = ["apt-get", "install", "-y", "--no-install-recommends", ...missing.map(({ package: name }) => name)];
  const root = becomeRoot();
  if (!root || !existsSync("/usr/bin/apt-get"))
    throw new SetupError(
      `The tests need programs that are not here. On Debian and its kin:\n\n  sudo ${install.join(" ")}`,
    );
  await step(`install ${missing.map(({ package: name }) => name).join(", ")}`, async () => {
    const asRoot = [...root, "env", "DEBIAN_FRONTEND=noninteractive"];
    for (const command of [["apt-get", "update"], install]) {
      const [program, ...args] = [...asRoot, ...command];
      await run(/** @type {string} */ (program), args, { quiet: true });
    }
  });
}

/** The words before a command that make it run as root; undefined where a password would be asked for. */
function becomeRoot() {
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo"] : undefined;
}
