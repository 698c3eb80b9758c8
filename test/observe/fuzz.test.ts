import { expect, test } from "vitest";
import { parseQuery } from "../../netfilter/observe/conntrack/query.js";
import { permitted } from "../../netfilter/observe/permitted.js";
import { readTraceText } from "../../netfilter/observe/trace/commands.js";
import { own, read } from "./recordings.js";

/** A line of every kind that some reader takes. */
const lines = [
  ..."conntrack.txt events.txt trace-nft.txt trace-xtables.txt addr.txt routes.txt rules.txt log.txt"
    .split(" ")
    .flatMap((name) => own(name).split("\n")),
  "family ip {",
  "\thook input {",
  "\t\t-0000000200 ipv4_conntrack_in [nf_conntrack]",
  "NETNS 4026531840",
  "HOOK 2 1 3 2147483647 nf_confirm",
  "/proc/sys/net/ipv4/conf/all/rp_filter:1",
  "nf_nat 65536 4 xt_nat,nft_redir, Live 0x0",
  "cpu=0   \tfound=0 invalid=0 insert=0",
];

/** The same numbers every time. */
function* numbers(seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

test.each(permitted.map((command) => [command.id, command] as const))("%s takes whatever comes", (_id, command) => {
  const random = numbers(7);
  const next = (below: number) => (random.next().value as number) % below;
  for (let round = 0; round < 60; round++) {
    const chosen = Array.from({ length: 1 + next(12) }, () => lines[next(lines.length)] as string);
    const text = damaged(chosen.join("\n"), next);
    const exit = [{ code: 0 }, { code: 1 }, { code: 127 }, {}][next(4)];
    const outcome = read(command, text, {
      exit: { stderr: "x: y", cut: next(3) === 0, ...exit },
      piece: 1 + next(200),
    });
    const told = outcome.ok ? outcome.warnings : [outcome.failure.message];
    for (const sentence of told) {
      expect(sentence).toMatch(/^\S.*\S$/s);
      expect(sentence).not.toMatch(/\p{Cc}|\u202e|undefined|NaN|\[object/u);
    }
  }
});

test("a query and a pasted trace take whatever comes", () => {
  const random = numbers(3);
  const next = (below: number) => (random.next().value as number) % below;
  for (let round = 0; round < 400; round++) {
    const query = damaged(
      "src:10.0.0.0/8 -dport:443,80-90 state:ESTABLISHED mark:0x30/0xff bytes:>1M fd07:: any:x",
      next,
    );
    for (const { span } of parseQuery(query).errors) expect(span.end).toBeLessThanOrEqual(query.length);
    readTraceText(damaged(lines.join("\n").slice(next(2000), 4000), next));
  }
});

function damaged(text: string, next: (below: number) => number): string {
  let result = text;
  for (let times = next(6); times > 0; times--) {
    const at = next(result.length + 1);
    const put = ["", "\n", ":", " ", "\u0007", "\u202e", "9".repeat(30), "[", "=", "ff:", "\ud83e", "-1"][next(12)];
    result = result.slice(0, at) + put + result.slice(at + next(9));
  }
  return result;
}
