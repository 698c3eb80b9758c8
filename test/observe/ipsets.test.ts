import { expect, test } from "vitest";
import { ipsetSave, type ListedIpSet } from "../../netfilter/observe/ipsets.js";

function read(text: string, code = 0) {
  const reader = ipsetSave.reader();
  reader.push(new TextEncoder().encode(text));
  return reader.end({ code, stderr: "", cut: false });
}

test("sets with what is in them", () => {
  const check = (text: string, expected: readonly ListedIpSet[]) =>
    expect(read(text)).toMatchObject({ ok: true, value: expected });
  check("", []);
  check(
    `create blocked hash:ip family inet hashsize 1024 maxelem 65536 timeout 600 comment bucketsize 12 initval 0x425cfbfe
add blocked 192.0.2.7 timeout 299 comment "knocked, twice"
create nets hash:net,port family inet6 hashsize 1024 maxelem 65536 counters bucketsize 12 initval 0xaa960a62
add nets 2001:db8::/32,tcp:80 packets 0 bytes 0
add nets 2001:db8:1::/48,tcp:80 nomatch packets 0 bytes 0
create b bitmap:port range 0-1024
create l list:set size 8
add l blocked
`,
    [
      {
        ...{ name: "blocked", type: "hash:ip", family: "inet" },
        entries: ['192.0.2.7 timeout 299 comment "knocked, twice"'],
      },
      {
        ...{ name: "nets", type: "hash:net,port", family: "inet6" },
        entries: ["2001:db8::/32,tcp:80 packets 0 bytes 0", "2001:db8:1::/48,tcp:80 nomatch packets 0 bytes 0"],
      },
      { name: "b", type: "bitmap:port", entries: [] },
      { name: "l", type: "list:set", entries: ["blocked"] },
    ],
  );
});

test("what is no list of sets is none", () => {
  expect(read("Welcome to the router\n")).toMatchObject({ ok: false, failure: { reason: "garbled" } });
  expect(read("", 1)).toMatchObject({ ok: false });
});
