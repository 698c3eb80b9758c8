import { expect, test } from "vitest";
import { layout } from "../../netfilter/diagram/layout.js";
import { stacksOfRules } from "../../netfilter/diagram/stacks.js";
import { type SvgOptions, toSvg } from "../../netfilter/diagram/svg.js";
import { Router } from "../../netfilter/simulate/router.js";
import { house, load, packet } from "../simulate/world.js";

const loaded = [load("table inet f { chain in { type filter hook input priority 0; tcp dport 22 drop } }")];
const trace = new Router(loaded, house).send(
  packet({ iif: "lan0", saddr: "192.168.1.10", daddr: "192.168.1.1", sport: 4, dport: 22, tcpFlags: 2 }),
);
const diagram = layout(stacksOfRules(loaded), trace);
const drawn = (options?: SvgOptions) => toSvg(diagram, options);

test("the box in which the packet ended", () => {
  const box = drawn()
    .split("\n")
    .find((line) => line.includes('aria-label="input"'));
  expect(box).toMatchInlineSnapshot(
    `"<g class="hs-box hs-hook hs-end hs-stopped hs-lit" role="group" aria-label="input"><rect class="hs-frame" x="448" y="92" width="196" height="52" rx="3"/><g class="hs-head"><rect class="hs-hit" x="448" y="92" width="196" height="26"/><text class="hs-title" x="546" y="110">input</text></g><g class="hs-row hs-chain hs-end hs-stopped hs-lit"><title>priority 0: chain inet f in; 1 of 1 rules met match</title><rect class="hs-hit" x="449" y="118" width="194" height="20"/><rect class="hs-bar" x="449" y="118" width="4" height="20"/><text class="hs-priority" x="490" y="132">0</text><text class="hs-name" x="496" y="132">inet f in</text><text class="hs-count" x="638" y="132">1/1</text></g></g>"`,
  );
});

test("what is lit follows the step", () => {
  const lit = (step: number) => drawn({ step, interactive: true }).match(/hs-lit" data-id="[a-z ]+"/g)?.length;
  expect([lit(0), lit(99)]).toEqual([3, 4]);
});

test("texts from outside are only ever text", () => {
  const heading = '<script>alert("1")</script> & \u0007';
  expect(drawn({ heading })).not.toMatch(/<script|\p{Cc}(?<!\n)| & /u);
});

test("a document of its own: no reference leads out of it, and it is whole", () => {
  const text = drawn({ heading: "A sentence. ".repeat(30) });
  expect(text).not.toMatch(/href|url\(|@import/);
  expect(text.match(/<g\b/g)?.length).toBe(text.match(/<\/g>/g)?.length);
  expect(text).toContain('role="img"');
});

test("only a page with a script gets buttons", () => {
  expect(drawn()).not.toMatch(/tabindex|role="button"/);
  expect(drawn({ interactive: true })).toMatch(/role="button" tabindex="-1" data-opens="input 0"/);
});

test("a name too long for its box says what is done, not for whom", () => {
  const known = [load("table inet f { chain in { type filter hook input priority 0; ct state new drop } }")];
  const text = toSvg(layout(stacksOfRules(known)));
  expect(text).toContain(">confirmation</text>");
  expect(text).toContain(">conntrack&#39;s lookup</text>");
});
