import { expect, test } from "vitest";
import { packet, routerOf } from "./world.js";

const syn = packet({ iif: "lan0", saddr: "192.168.1.10", daddr: "203.0.113.10", sport: 40000, dport: 80, tcpFlags: 2 });
const chain = (...rules: string[]) =>
  `table ip t { chain f { type filter hook forward priority 0; policy accept; ${rules.join("\n")}\n } }`;

/** What nothing is known of: a match by chance. */
const chance = "numgen random mod 2 0";

test("what cannot be decided makes the end unknown only if it matters", () => {
  const check = (text: string, end: string, questions: number) => {
    const { disposition, unknown } = routerOf(text).send(syn);
    expect([disposition.end, unknown.length]).toEqual([end, questions]);
  };
  check(chain(`${chance} drop`), "unknown", 1);
  check(chain(`${chance} drop`, "drop"), "dropped", 1);
  check(chain(`${chance} accept`), "sent", 1);
  check(chain(`${chance} tcp dport 81 drop`), "sent", 1);
  check(chain(`tcp dport 81 ${chance} drop`), "sent", 0);
  check(chain(`${chance} meta mark set 1`), "unknown", 1);
  check(chain(`${chance} jump other`, "drop", "}\nchain other {", "return"), "dropped", 1);
});

test("the reason names both ends and the question, with its place", () => {
  const text = chain(`${chance} drop`);
  const { disposition, unknown } = routerOf(text).send(syn);
  expect(disposition).toMatchInlineSnapshot(`
    {
      "end": "unknown",
      "why": "It is sent by wan1 or dropped, depending on what is not known: \`numgen random\` may give 0: it is not the file that decides.",
    }
  `);
  expect(
    unknown.map(({ span, rule }) => [span && text.slice(span.start, span.end), rule?.chain.name]),
  ).toMatchInlineSnapshot(`
    [
      [
        "numgen random mod 2",
        "f",
      ],
    ]
  `);
});

test("too many questions are given up on", () => {
  const rules = Array.from(
    { length: 8 },
    (_, index) => `numgen random mod ${index + 2} 0 meta mark set meta mark | 0x${1 << index}`,
  );
  expect(routerOf(chain(...rules)).send(syn).disposition).toMatchObject({ end: "unknown" });
});

test("what a packet leaves behind is that of the way that is told", () => {
  const router = routerOf(chain("ct state new", `${chance} drop`));
  expect(router.send(syn).disposition.end).toBe("unknown");
  expect(router.entries()).toHaveLength(1);
  const other = routerOf(chain("ct state new", `${chance} accept`, "drop"));
  expect(other.send(syn).disposition.end).toBe("unknown");
  expect(other.entries()).toHaveLength(0);
});
