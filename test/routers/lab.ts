import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A router with real rules and real traffic behind it, and a jump host. Each machine is a set of namespaces of its own (network,
 * mounts, processes) that lives as long as a pipe to this process is open: however the tests end, all of it goes with them.
 *
 *   this process --- 10.N.1.0/24 --- router --- 192.168.1.0/24 --- lan
 *            \------ 10.N.2.0/24 --- jump     \- 203.0.113.0/24 --- wan
 *                                     \-------- 10.N.3.0/24 --- router
 */
export interface Lab {
  /** Files of the lab: keys, logs. */
  readonly folder: string;
  readonly router: Machine;
  readonly jump: Machine;
  readonly lan: Machine;
  readonly wan: Machine;
  /** The router's address on the wire to this process, and on that to the jump host. */
  readonly address: string;
  readonly addressBehindJump: string;
  readonly jumpAddress: string;
  /** The private key that every account of the lab lets in. */
  readonly key: string;
  stop(): void;
}

/**
 * Accounts on every machine of a lab, all with the same key: `all` may do everything by sudo, `ask` with its password, `few` and
 * `askfew` only some commands, `none` nothing; `barred` has no shell.
 */
export const accounts = ["all", "ask", "few", "askfew", "none", "barred"] as const;
/** Password of every account. */
export const password = "correct horse";
/** The ports of the servers on the router. */
export const ports = { openssh: 22, dropbear: 2200 };

/** How a machine of the lab differs from the Debian that it runs on. */
export interface Traits {
  /** `/bin/sh` is busybox's. */
  readonly busybox?: boolean;
  /** sudo runs commands in a terminal of their own, as Debian 13's does. */
  readonly usePty?: boolean;
  /** Programs of /usr/sbin that it has not; with an empty list a folder of its own lies there, for tests to change. */
  readonly without?: readonly string[];
  /** Old iptables has no tables on it. */
  readonly noLegacy?: boolean;
}

let count = 0;
const folderPrefix = "hookscope-lab-";

/** The folders of labs whose process was killed; their machines went with it. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1];
    if (pid && !existsSync(`/proc/${pid}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** Starts the machines, wires, servers and traffic; throws, saying what is missing, where that cannot be done. */
export async function startLab(traits: Traits = {}): Promise<Lab> {
  const problem = missing();
  if (problem) throw new Error(problem);
  const { id, net } = newNames();
  const folder = newLabFolder();
  const machines = {
    router: await startMachine(join(folder, "router"), traits),
    jump: await startMachine(join(folder, "jump")),
    lan: await startMachine(join(folder, "lan")),
    wan: await startMachine(join(folder, "wan")),
  };
  const { router, jump, lan, wan } = machines;
  const stop = () => {
    for (const machine of Object.values(machines)) machine.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    wire(`hs${id}a`, [undefined, `${net}.1.1/24`], "mgmt", [router, `${net}.1.2/24`]);
    wire(`hs${id}b`, [undefined, `${net}.2.1/24`], "mgmt", [jump, `${net}.2.2/24`]);
    wire("inner", [jump, `${net}.3.1/24`], "inner", [router, `${net}.3.2/24`]);
    wire("eth0", [lan, "192.168.1.10/24"], "lan0", [router, "192.168.1.1/24"]);
    wire("eth0", [wan, "203.0.113.10/24"], "wan0", [router, "203.0.113.1/24"]);
    router.run("nft -f -", rules);
    if (!traits.noLegacy)
      router.run("iptables-legacy -w -A FORWARD -m comment --comment legacy -j ACCEPT 2>/dev/null || true");
    router.run("echo 1 >/proc/sys/net/ipv4/ip_forward");
    lan.run("ip route add default via 192.168.1.1");
    await serve(router);
    await serve(jump);
    makeTraffic(lan, wan);
  } catch (error) {
    stop();
    throw error;
  }
  return {
    ...{ folder, ...machines, key: join(folder, "key"), stop },
    ...{ address: `${net}.1.2`, jumpAddress: `${net}.2.2`, addressBehindJump: `${net}.3.2` },
  };
}

/** Names that no other lab has: of devices in this process's network, and the first half of its addresses. */
export function newNames(): { readonly id: string; readonly net: string } {
  const id = `${process.pid.toString(36)}${count}`;
  return { id, net: `10.${64 + ((process.pid + count++) % 128)}` };
}

/** A folder for a lab's files, with the key of its accounts in it. */
export function newLabFolder(): string {
  removeAbandoned();
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  execFileSync("chmod", ["755", folder]);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  return folder;
}

const rules = `table inet filter {
  chain input { type filter hook input priority 0; policy accept
    ct state established,related counter accept
  }
  chain forward { type filter hook forward priority 0; policy accept
    ct state new counter comment "seen"
  }
}
table ip nat {
  chain postrouting { type nat hook postrouting priority 100; policy accept
    oifname "wan0" counter masquerade
  }
}
`;

function makeTraffic(lan: Machine, wan: Machine): void {
  wan.start("busybox nc -ll -p 80 -e cat");
  for (let port = 5001; port <= 5020; port++) lan.run(`bash -c 'echo x >/dev/udp/203.0.113.10/${port}'`);
  lan.start(
    "bash -c 'until exec 3<>/dev/tcp/203.0.113.10/80; do sleep 0.1; done 2>/dev/null; echo hello >&3; cat <&3'",
  );
}

/** One machine. */
export interface Machine {
  readonly folder: string;
  /** Runs a shell's line as root and gives what it printed; throws when it fails. */
  run(line: string, input?: string): string;
  /** Starts a shell's line and leaves it running. */
  start(line: string): ChildProcess;
  /** Every process beside the machine's own servers: `pid command`, zombies left out. */
  processes(): readonly string[];
  /** Of its first process, for `ip link set ... netns`. */
  readonly pid: number;
  stop(): void;
}

/** Starts a machine in a lab's folder, without wires and servers. */
export async function startMachine(folder: string, traits: Traits = {}): Promise<Machine> {
  mkdirSync(join(folder, "root/.ssh"), { recursive: true, mode: 0o755 });
  writeAccounts(folder, traits);
  const unshare = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"];
  const first = spawn(
    "unshare",
    [...unshare, "bash", "-c", `${mounts(folder, traits)}\nip link set lo up; echo up; read -r _`],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const early = once(first, "exit").then(([code]) => {
    throw new Error(`A machine of the lab did not start: unshare ended with ${code}`);
  });
  await Promise.race([once(first.stdout, "data"), early]);
  early.catch(() => undefined);
  const pid = Number(readFileSync(`/proc/${first.pid}/task/${first.pid}/children`, "utf8").trim());
  const enter = ["--target", String(pid), "--net", "--mount", "--pid", "--", "/bin/bash", "-c"];
  return {
    folder,
    pid,
    run: (line, input) => runIn(enter, line, input),
    start: (line) => spawn("nsenter", [...enter, line], { stdio: "ignore" }),
    processes: () => processesIn(enter),
    stop: () => void first.kill("SIGKILL"),
  };
}

function runIn(enter: readonly string[], line: string, input = ""): string {
  const { status, stdout, stderr, error } = spawnSync("nsenter", [...enter, line], { input, encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`"${line}" ended with ${status}: ${stderr}`);
  return stdout;
}

const servers = /^(ps -eo|\/bin\/bash -c ps -eo|bash -c .*read -r _|sshd|dropbear|busybox nc)/;

function processesIn(enter: readonly string[]): readonly string[] {
  const lines = runIn(enter, "ps -eo pid=,stat=,args=").split("\n");
  return lines.flatMap((line) => {
    const [, pid, state = "Z", args = ""] = /^\s*(\d+) (\S+)\s+(.*)$/.exec(line) ?? [];
    return state.startsWith("Z") || servers.test(args) ? [] : [`${pid} ${args}`];
  });
}

/** Accounts, sudo's rules and the host's root folder lie over this machine's own, seen by nobody but the lab's machine. */
function mounts(folder: string, { busybox, without }: Traits): string {
  const over = (name: string, path: string) => `mount --bind ${folder}/${name} ${path}`;
  return [
    "set -e",
    ...["passwd", "shadow", "group", "sudoers"].map((name) => over(name, `/etc/${name}`)),
    over("root", "/root"),
    "mount -t tmpfs none /run; mkdir -p /run/sshd; chmod 755 /run/sshd",
    ...(busybox ? ["mount --bind /usr/bin/busybox /usr/bin/dash"] : []),
    ...(without ? [`cp -a /usr/sbin ${folder}/sbin`, ...without.map((name) => `rm ${folder}/sbin/${name}`)] : []),
    ...(without ? [over("sbin", "/usr/sbin")] : []),
  ].join("\n");
}

const firstId = 64_000;

function writeAccounts(folder: string, { usePty }: Traits): void {
  const shell = (name: string) => (name === "barred" ? "/usr/sbin/nologin" : "/bin/sh");
  const own = accounts.map((name, at) => `${name}:x:${firstId + at}:${firstId}::${folder}/home/${name}:${shell(name)}`);
  const hash = execFileSync("openssl", ["passwd", "-6", "-stdin"], { input: `${password}\n`, encoding: "utf8" }).trim();
  write(folder, "passwd", [readFileSync("/etc/passwd", "utf8").trim(), ...own], 0o644);
  write(folder, "group", [readFileSync("/etc/group", "utf8").trim(), `labusers:x:${firstId}:`], 0o644);
  write(folder, "shadow", ["root:*:19000::::::", ...accounts.map((name) => `${name}:${hash}:19000::::::`)], 0o600);
  write(folder, "sudoers", [...(usePty ? ["Defaults use_pty"] : []), ...sudoers], 0o440);
  const key = readFileSync(join(folder, "../key.pub"), "utf8");
  for (const home of ["root", ...accounts.map((name) => `home/${name}`)]) {
    mkdirSync(join(folder, home, ".ssh"), { recursive: true });
    writeFileSync(join(folder, home, ".ssh/authorized_keys"), key);
  }
  for (const [at, name] of accounts.entries())
    execFileSync("chown", ["-R", `${firstId + at}:${firstId}`, join(folder, "home", name)]);
}

const sudoers = [
  'Defaults secure_path="/usr/sbin:/usr/bin:/sbin:/bin"',
  "root ALL=(ALL) ALL",
  "all ALL=(root) NOPASSWD: ALL",
  "ask ALL=(root) ALL",
  "few ALL=(root) NOPASSWD: /usr/sbin/conntrack, /usr/bin/sleep",
  "askfew ALL=(root) /usr/sbin/conntrack, /usr/bin/sleep",
];

function write(folder: string, name: string, lines: readonly string[], mode: number): void {
  writeFileSync(join(folder, name), `${lines.join("\n")}\n`, { mode });
}

type End = readonly [machine: Machine | undefined, address: string];

/** A wire between two machines; the first end may lie in this process's network. */
export function wire(
  name: string,
  [machine, address]: End,
  otherName: string,
  [other, otherAddress]: Required<End>,
): void {
  const ip = (...args: string[]) => execFileSync("ip", args);
  const here = machine ? ["netns", String(machine.pid)] : [];
  const there = ["peer", "name", otherName, "netns", String(other?.pid)];
  ip("link", "add", name, ...here, "type", "veth", ...there);
  const up = (device: string, at: string) => `ip addr add ${at} dev ${device} && ip link set ${device} up`;
  if (machine) machine.run(up(name, address));
  else execFileSync("sh", ["-c", up(name, address)]);
  other?.run(up(otherName, otherAddress));
}

/** Starts an OpenSSH server and a dropbear and waits until both listen. */
export async function serve(machine: Machine): Promise<void> {
  const { folder } = machine;
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "host_ed25519")]);
  execFileSync("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", join(folder, "host_ecdsa")]);
  execFileSync("dropbearkey", ["-t", "ed25519", "-f", join(folder, "dropbear")], { stdio: "ignore" });
  writeFileSync(join(folder, "sshd_config"), sshdConfig(folder));
  startServers(machine);
  for (let tries = 0; tries < 100; tries++) {
    if (
      machine
        .run("ss -Hltn")
        .split("\n")
        .filter((line) => /:(22|2200)\s/.test(line)).length >= 2
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The lab's servers do not listen:\n${readFileSync(join(folder, "sshd.log"), "utf8")}`);
}

/** Starts both servers with the keys that are there. */
export function startServers(machine: Machine): void {
  const { folder } = machine;
  machine.run(`/usr/sbin/sshd -f ${folder}/sshd_config -E ${folder}/sshd.log`);
  machine.run(
    `dropbear -r ${folder}/dropbear -p 0.0.0.0:${ports.dropbear} -P /run/dropbear.pid 2>${folder}/dropbear.log`,
  );
}

function sshdConfig(folder: string): string {
  return [
    ...[
      `Port ${ports.openssh}`,
      "ListenAddress 0.0.0.0",
      `HostKey ${folder}/host_ed25519`,
      `HostKey ${folder}/host_ecdsa`,
    ],
    ...["PidFile /run/sshd.pid", "UsePAM no", "StrictModes no", "PermitRootLogin prohibit-password", "UseDNS no"],
    ...["PasswordAuthentication yes", "KbdInteractiveAuthentication no", "MaxStartups 100"],
    "",
  ].join("\n");
}

const programs = ["sshd", "dropbear", "nft", "conntrack", "ip", "tc", "unshare", "nsenter", "ss"];

/** Why no lab can be had here; undefined when it can. */
export function missing(): string | undefined {
  if (process.getuid?.() !== 0) return "The router lab makes network namespaces: run these tests as root.";
  const places = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  const absent = [...programs, "busybox", "sudo"].filter(
    (name) => !places.some((place) => existsSync(join(place, name))),
  );
  return absent.length === 0
    ? undefined
    : `The router lab needs ${absent.join(", ")}: see scripts/lib/ensureSystem.mjs.`;
}
