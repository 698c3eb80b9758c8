import { expect, test } from "vitest";
import type { Machine } from "../../client/routers/hosts/files.js";
import type { Host } from "../../client/routers/hosts/host.js";
import { resolveName, resolveSetting } from "../../client/routers/hosts/resolve.js";
import { readRouterSettings } from "../../client/routers/hosts/settings.js";
import { hostNames } from "../../client/routers/hosts/sshConfig.js";

/** A machine whose home is /home/me, with these files (relative ones lie in ~/.ssh). */
function machine(files: Readonly<Record<string, string>>): Machine {
  const at = new Map(Object.entries(files).map(([path, text]) => [path.replace(/^(?!\/)/, "/home/me/.ssh/"), text]));
  return {
    ...{ home: "/home/me", user: "me", env: { SSH_AUTH_SOCK: "/run/agent", KEYS: "/keys" } },
    read: (path) => at.get(path),
    list: (folder) =>
      [...at.keys()].flatMap((path) => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : [])),
  };
}

const defaults = ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => `/home/me/.ssh/${name}`);

const cases: readonly (readonly [string, string, Partial<Host>])[] = [
  [
    "nothing",
    "",
    { hostName: "edge", user: "me", port: 22, identityFiles: defaults, agent: "/run/agent", become: "sudo" },
  ],
  [
    "a host",
    "Host edge\n HostName 10.0.0.1\n User root\n Port 2222",
    { hostName: "10.0.0.1", user: "root", port: 2222, become: "none" },
  ],
  ["equals signs and case", 'host=edge\n  hostname = "10.0.0.1"\n  PORT=2222', { hostName: "10.0.0.1", port: 2222 }],
  ["the first value wins", "Host ed*\n User a\nHost edge\n User b\n Port 3", { user: "a", port: 3 }],
  ["a negated pattern", "Host * !edge\n User a\nHost *\n User b", { user: "b" }],
  ["options before any host", "User a\nHost edge\n User b", { user: "a" }],
  ["Match host on the new name", "Host edge\n HostName x.net\nMatch host x.net user me\n Port 4", { port: 4 }],
  ["Match originalhost", "Host edge\n HostName x\nMatch originalhost edge\n Port 4", { port: 4 }],
  ["a negated Match", "Match !host edge\n Port 4\nMatch all\n Port 5", { port: 5 }],
  ["Match final", "Match final host edge\n Port 4\nHost edge\n User a", { port: 4, user: "a" }],
  [
    "Match exec",
    'Match exec "true"\n Port 4',
    { port: 22, notes: [expect.stringContaining("Match exec")] as string[] },
  ],
  [
    "identity files",
    `Host edge\n IdentityFile ~/a\n IdentityFile %d/%r-%h\nHost *\n IdentityFile \${KEYS}/b`,
    { identityFiles: ["/home/me/a", "/home/me/me-edge", "/keys/b"] },
  ],
  ["no identity files", "Host edge\n IdentityFile none", { identityFiles: [] }],
  ["IdentitiesOnly", "Host edge\n IdentitiesOnly yes", { identitiesOnly: true }],
  ["another agent", "Host edge\n IdentityAgent ~/agent", { agent: "/home/me/agent" }],
  ["HostName with the name in it", "Host edge\n HostName %h.example.org", { hostName: "edge.example.org" }],
  [
    "alias and known hosts",
    "Host edge\n HostKeyAlias x\n UserKnownHostsFile ~/k1 /k2",
    { hostKeyAlias: "x", knownHostsFiles: ["/home/me/k1", "/k2"] },
  ],
  [
    "no known hosts",
    "Host edge\n UserKnownHostsFile none\n StrictHostKeyChecking yes",
    { knownHostsFiles: [], unknownKey: "refuse" },
  ],
  [
    "accept-new",
    "Host edge\n StrictHostKeyChecking accept-new\n HashKnownHosts yes",
    { unknownKey: "accept", hashKnownHosts: true },
  ],
  [
    "keepalive",
    "Host edge\n ServerAliveInterval 1m30s\n ServerAliveCountMax 2\n ConnectTimeout 7",
    { aliveInterval: 90, aliveCountMax: 2, connectTimeout: 7 },
  ],
  [
    "ProxyCommand",
    "Host edge\n ProxyCommand nc %h %p",
    { notes: [expect.stringContaining("ProxyCommand")] as string[] },
  ],
  [
    "a broken file",
    'Host "edge\n User a',
    { user: "me", notes: [expect.stringContaining("could not be read")] as string[] },
  ],
  ["comments", "# x\nHost edge # y\n User a # z", { user: "a" }],
];

test.each(cases)("%s", (_name, config, expected) => {
  expect(resolveName(machine({ config }), "edge")).toMatchObject(expected);
});

const files = {
  config: "Include conf.d/*.conf\nInclude ~/.ssh/inside\nHost edge other *.x !no\n  Include late\n  Port 7\n",
  "conf.d/b.conf": "Host b\n Port 2",
  "conf.d/a.conf": "Host a\nHost edge\n User a",
  inside: "Host inside\nInclude inside",
  late: "Port 9",
  "/etc/ssh/ssh_config": "Include ssh_config.d/*\nHost *\n ConnectTimeout 3",
  "/etc/ssh/ssh_config.d/x": "Host etc\n",
};

test("included files count where they stand", () => {
  expect(resolveName(machine(files), "edge")).toMatchObject({ user: "a", port: 9, connectTimeout: 3 });
  expect(resolveName(machine(files), "b")).toMatchObject({ port: 2 });
});

test("every plain name is offered once", () => {
  expect(hostNames(machine(files))).toEqual(["a", "edge", "b", "inside", "other", "etc"]);
});

/** `user@host:port` of each machine on the way and of the last. */
function way({ jumps, ...last }: Host): string {
  return [...jumps, last].map(({ user, hostName, port }) => `${user}@${hostName}:${port}`).join(" > ");
}

const ways: readonly (readonly [string, string])[] = [
  ["Host edge\n ProxyJump door", "me@door:22 > me@edge:22"],
  ["Host edge\n ProxyJump root@door:2222", "root@door:2222 > me@edge:22"],
  ["Host edge\n ProxyJump ssh://root@[fe80::1]:2222,b", "root@fe80::1:2222 > me@b:22 > me@edge:22"],
  [
    "Host edge\n ProxyJump door\nHost door\n HostName d.net\n User x\n ProxyJump first",
    "me@first:22 > x@d.net:22 > me@edge:22",
  ],
  ["Host edge\n ProxyJump a,b\nHost b\n ProxyJump c", "me@a:22 > me@b:22 > me@edge:22"],
  ["Host edge\n ProxyJump none\nHost *\n ProxyJump door", "me@edge:22"],
];

test.each(ways)("%s", (config, expected) => {
  expect(way(resolveName(machine({ config }), "edge"))).toBe(expected);
});

const refused: readonly (readonly [string, RegExp])[] = [
  ["Host edge\n ProxyJump door\nHost door\n ProxyJump edge", /circle/],
  ["Host edge\n Port twenty", /"twenty" is no port/],
  ["Host edge\n ProxyJump a@b@:x", /is no jump host/],
];

test.each(refused)("%s is refused", (config, message) => {
  expect(() => resolveName(machine({ config }), "edge")).toThrow(message);
});

test("a router of the settings overrules ssh's configuration", () => {
  const config = "Host edge\n HostName e.net\n User a\n Port 3\n IdentityFile /a\n ProxyJump door";
  const setting = {
    name: "Edge",
    host: "edge",
    user: "b",
    port: 4,
    identityFile: "~/b",
    jump: "none",
    become: "none",
  } as const;
  expect(resolveSetting(machine({ config }), setting)).toMatchObject({
    ...{
      name: "Edge",
      hostName: "e.net",
      user: "b",
      port: 4,
      identityFiles: ["/home/me/b"],
      jumps: [],
      become: "none",
    },
  });
});

const settings: readonly (readonly [unknown, readonly string[], readonly string[]])[] = [
  [undefined, [], []],
  [["edge", { name: "x", host: "edge", port: 22 }], ["edge", "x"], []],
  [{}, [], ["must be a list"]],
  [[3, null], [], ["neither a name nor", "neither a name nor"]],
  [[{ name: "x" }], [], ['lacks "host"']],
  [[{ host: "x", port: 0 }], [], ['"port" that is none']],
  [[{ host: "x", become: "su" }], [], ['"become"']],
  [[{ host: "x", user: "" }], [], ['"user" that is no text']],
  [["a", "a"], ["a"], ["name of another"]],
];

test.each(settings)("the setting %j", (value, names, mistakes) => {
  const read = readRouterSettings(value);
  expect(read.routers.map(({ name }) => name)).toEqual(names);
  expect(read.mistakes).toHaveLength(mistakes.length);
  for (const [at, text] of mistakes.entries()) expect(read.mistakes[at]).toContain(text);
});
