import { expect, test } from "vitest";
import {
  fingerprint,
  keyType,
  knownHostsLine,
  knownName,
  knownTypes,
  lookUp,
} from "../../client/routers/hostKeys/knownHosts.js";

const a = "AAAAC3NzaC1lZDI1NTE5AAAAIKkXuqHGVxTkeHzQ6oqkLZ9vKXTvXrBBGvEUHIWj9Q5e";
const b = "AAAAC3NzaC1lZDI1NTE5AAAAIHkXuqHGVxTkeHzQ6oqkLZ9vKXTvXrBBGvEUHIWj9Q5e";
const key = { type: "ssh-ed25519", blob: Buffer.from(a, "base64") };

/** What files with these lines say of key `a`, and the line that says so. */
function check(name: string, ...lines: readonly string[]): string {
  const verdict = lookUp([{ path: "known_hosts", text: lines.join("\n") }], name, key);
  return verdict.is === "new" ? "new" : `${verdict.is} by ${verdict.line.line}`;
}

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["edge", "new", []],
  ["edge", "known by 1", [`edge ssh-ed25519 ${a}`]],
  ["edge", "known by 2", ["# comment", `  other,EDGE,10.0.0.1 ssh-ed25519 ${a} comment`]],
  ["edge", "changed by 1", [`edge ssh-ed25519 ${b}`]],
  ["edge", "known by 2", [`edge ssh-ed25519 ${b}`, `edge ssh-ed25519 ${a}`]],
  ["edge", "new", [`edge ssh-rsa ${b}`]],
  ["edge", "new", [`[edge]:2222 ssh-ed25519 ${a}`]],
  ["[edge]:2222", "known by 1", [`[edge]:2222 ssh-ed25519 ${a}`]],
  ["[edge]:2222", "new", [`edge ssh-ed25519 ${a}`]],
  ["edge.x.net", "known by 1", [`*.x.net ssh-ed25519 ${a}`]],
  ["edge.x.net", "new", [`*.x.net,!edge.* ssh-ed25519 ${a}`]],
  ["10.0.0.7", "known by 1", [`10.0.0.? ssh-ed25519 ${a}`]],
  ["edge", "revoked by 2", [`edge ssh-ed25519 ${a}`, `@revoked * ssh-ed25519 ${a}`]],
  ["edge", "known by 1", [`edge ssh-ed25519 ${a}`, `@revoked * ssh-ed25519 ${b}`]],
  ["edge", "new", [`@cert-authority * ssh-ed25519 ${a}`]],
  ["edge", "known by 1", [knownHostsLine("edge", key, Buffer.alloc(20, 7))]],
  ["[edge]:22", "new", [knownHostsLine("edge", key, Buffer.alloc(20, 7))]],
  ["edge", "new", ["|1|x", "|2|a|b ssh-ed25519 c", "edge", "edge ssh-ed25519", "\u0000"]],
];

test.each(cases)("%s is %s", (name, expected, lines) => {
  expect(check(name, ...lines)).toBe(expected);
});

test("a certificate authority and keys of other types are told", () => {
  const text = `@cert-authority *.net ssh-ed25519 ${b}\nedge.net ecdsa-sha2-nistp256 ${b}`;
  const files = [{ path: "k", text }];
  expect(lookUp(files, "edge.net", key)).toMatchObject({
    is: "new",
    authorities: [{ line: 1 }],
    otherTypes: [{ line: 2 }],
  });
  expect(knownTypes(files, "edge.net")).toEqual(["ecdsa-sha2-nistp256"]);
});

test("names, fingerprints and types are those of OpenSSH", () => {
  expect([knownName("Edge", 22), knownName("fe80::1", 2222)]).toEqual(["edge", "[fe80::1]:2222"]);
  // ssh-keygen -lf says so of key `a`.
  expect(fingerprint(key.blob)).toBe("SHA256:kBjNzaStBQbQbXE8mIF+aRacOhBXbQ+JmrFNPekTnc8");
  expect(keyType(key.blob)).toBe("ssh-ed25519");
});
