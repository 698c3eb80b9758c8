// Times beside the real tools', on the same files in the same run. Prints; asserts nothing.
//   npm run bench              real files, and generated ones of 100 to 50,000 rules
//   npm run bench -- --quick   without the sizes at which nft itself takes a minute
//   npm run bench -- --conntrack   a million conntrack entries over SSH instead (conntrack.ts)
//   npm run bench -- --simulate    packets simulated, beside the kernel's rate, instead (simulate.ts)
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import rpc from "vscode-jsonrpc/node";
import { iptablesRules, nftablesChains, nftablesRules, nftablesSet } from "./rulesets.mjs";

if (process.argv.includes("--conntrack")) await import("./conntrack.mjs");
if (process.argv.includes("--simulate")) await import("./simulate.mjs");

const root = fileURLToPath(new URL("../../", import.meta.url));
const real = `${root}../shared/corpus/real`;
const folder = mkdtempSync(join(tmpdir(), "hookscope-bench-"));
const largest = process.argv.includes("--quick") ? 10_000 : 50_000;
const sizes = [100, 1_000, 10_000, 50_000].filter((size) => size <= largest);

/** What the real tool is called with to check a file, in a network namespace of its own. */
const rivals = {
  iptables: (file) => ["unshare", "-n", "iptables-nft-restore", "--test", file],
  nftables: (file) => ["unshare", "-n", "nft", "-c", "-f", file],
};

const files = [
  ["iptables", existing(`${real}/iptables/accepted/generated_synthetic_kube-proxy-500svc-3ep.rules.v4`)],
  ["iptables", existing(`${real}/iptables/accepted/generated_synthetic_kube-proxy-2500svc-3ep.rules.v4`)],
  ["nftables", existing(`${real}/nftables/accepted/generated_synthetic_blocklist-40000.nft`)],
  ...sizes.map((size) => ["iptables", generated(`${size}-rules.v4`, iptablesRules(size))]),
  ...sizes.map((size) => ["nftables", generated(`${size}-rules.nft`, nftablesRules(size))]),
  ["nftables", generated("100000-elements.nft", nftablesSet(100_000))],
];

/** Milliseconds that a keystroke may take in a file of 10,000 rules. */
const limit = 50;

/** How many times the real tool's time reading may take. */
const most = { iptables: 3, nftables: 1 };

const columns = ["opened", "read", "typed", "check", "tool", "read/tool", "check/tool", "at most", `typed/${limit} ms`];
console.log(`Median ms.
opened     in the language server, which has just started
read       a whole text in the language server, which has read before
typed      one more character in that text, in the language server
check      \`hookscope check\`, the start of the process and of Node.js included
tool       \`nft -c\` or \`iptables-nft-restore --test\`, the start of the process included
at most    what read/tool and check/tool may be; typed may be ${limit} ms at 10,000 rules
`);
console.log(row(columns, "file"));
try {
  for (const [language, file] of files) {
    const { opened, read, typed } = await inServer(readFileSync(file, "utf8"), language, file);
    const check = medianTime([process.execPath, `${root}out/cli.cjs`, "check", file]);
    const tool = medianTime(rivals[language](file));
    const ratios = [read / tool, check / tool, `${most[language]}x`, typed / limit];
    console.log(row([opened, read, typed, check, tool, ...ratios], basename(file)));
  }
  const drawn = medianTime(drawing(generated("200-chains.nft", nftablesChains(200, 9))));
  console.log(`\nhookscope path --format svg, 200 base chains and 2,000 steps, as a process: ${drawn.toFixed(0)} ms`);
} finally {
  rmSync(folder, { recursive: true });
}
// The language server's connection keeps a timer that nothing ends.
process.exit();

/** Draws the way of a packet that meets every rule. */
function drawing(file) {
  const packet = {
    iif: "lan0",
    saddr: "10.0.0.1",
    daddr: "10.0.1.1",
    protocol: "tcp",
    sport: 1,
    dport: 443,
    oif: "wan0",
  };
  const call = ["path", "--ruleset", file, "--packet", JSON.stringify(packet), "--format", "svg"];
  return [process.execPath, `${root}out/cli.cjs`, ...call];
}

function existing(file) {
  if (!existsSync(file)) throw new Error(`${file} is missing: the benchmark reads files that lie beside the checkout.`);
  return file;
}

function generated(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Opens the text in the real server, types one character 15 times in its middle, then opens it under five other names. */
async function inServer(text, language, file) {
  const server = spawn(process.execPath, [`${root}out/server.mjs`, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = rpc.createMessageConnection(server.stdout, server.stdin);
  connection.listen();
  await connection.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
  connection.sendNotification("initialized", {});
  const uri = pathToFileURL(file).href;
  const line = text.split("\n").length >> 1;
  const range = { start: { line, character: 0 }, end: { line, character: 1 } };
  // Quick fixes hang on every finding, so that their answer comes after a whole check.
  const ask = (uri) =>
    connection.sendRequest("textDocument/codeAction", { textDocument: { uri }, range, context: { diagnostics: [] } });
  const open = (uri) =>
    timed(() => {
      const textDocument = { uri, languageId: language, version: 1, text };
      connection.sendNotification("textDocument/didOpen", { textDocument });
      return ask(uri);
    });
  const opened = await open(uri);
  const times = [];
  for (let version = 2; version < 17; version++) {
    const start = { line, character: 0 };
    const end = { line, character: version % 2 };
    times.push(
      await timed(() => {
        connection.sendNotification("textDocument/didChange", {
          textDocument: { uri, version },
          contentChanges: [{ range: { start, end }, text: version % 2 ? "" : "#" }],
        });
        return ask(uri);
      }),
    );
  }
  const read = [];
  for (let copy = 0; copy < 5; copy++)
    read.push(await open(pathToFileURL(join(folder, `${copy}-${basename(file)}`)).href));
  await connection.sendRequest("shutdown");
  connection.sendNotification("exit");
  await once(server, "exit");
  connection.dispose();
  return { opened, read: middle(read), typed: middle(times) };
}

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Five runs, fewer where they are long. */
function medianTime(command) {
  const times = [];
  const started = performance.now();
  while (times.length < 5 && performance.now() - started < 10_000) times.push(runProcess(command));
  return middle(times);
}

function middle(times) {
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** Milliseconds that the command takes; a finding or a refusal (exit code 1) is an answer too. */
function runProcess([command, ...args]) {
  const started = performance.now();
  const { error, status, stderr } = spawnSync(command, args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (error || status === null || status > 1) throw new Error(`${command} ${args.join(" ")}: ${error ?? stderr}`);
  return performance.now() - started;
}

function row(cells, name) {
  const printed = cells.map((cell, index) => {
    if (typeof cell === "string") return cell;
    return index < 5 ? cell.toFixed(0) : `${cell.toFixed(cell < 1 ? 2 : 1)}x`;
  });
  return `${printed.map((cell) => cell.padStart(12)).join("")}  ${name}`;
}
