import { describe, expect, test } from "vitest";
import { Router } from "../../netfilter/simulate/router.js";
import { recordedEvents } from "./recorded/entries.js";
import { labState, loaded, recorded, recordedNames, sharedText } from "./recorded/lab.js";
import { Positions, simulatedLines, type Teller, tellerLines } from "./recorded/lines.js";
import { endOf, packetsOf, play, simulatedEnd, tracesIn } from "./recorded/play.js";

/** The rich ruleset in one language: what traced it, and what lists its rules as the tracer writes them. */
interface Rich {
  readonly folder: string;
  readonly rules: string;
  readonly tellers: readonly { readonly ending: string; readonly teller: Teller; readonly listing: string }[];
}

const rich: readonly Rich[] = [
  {
    folder: "nft",
    rules: "rich.nft",
    tellers: [{ ending: "trace.txt", teller: "nft", listing: "rich_ruleset_list_a.txt" }],
  },
  {
    folder: "ipt-nft",
    rules: "rich.ipt",
    tellers: [
      { ending: "nftmon.txt", teller: "nft", listing: "ipt_nft_as_nft_list.txt" },
      { ending: "xtmon.txt", teller: "xtables", listing: "ipt_rules_nft_save.txt" },
    ],
  },
  {
    folder: "ipt-legacy",
    rules: "rich.ipt",
    tellers: [{ ending: "dmesg.txt", teller: "log", listing: "ipt_rules_legacy_save.txt" }],
  },
];

/** Made of the link addresses that the traces show. */
const links = ["wan1 fe80::a06f:88ff:fe38:dcc9", "lan0 fe80::748d:dff:fe9d:6c5e"];

test("there are sixty of them", () => {
  expect(rich.flatMap(({ folder }) => recordedNames(folder))).toHaveLength(60);
});

describe.each(rich)("$folder", ({ folder, rules, tellers }) => {
  const text = sharedText(`lab/bin/${rules}`);
  const rulesets = loaded(text, rules.endsWith(".nft") ? "nftables" : "iptables");

  test.each(recordedNames(folder))("%s", (name) => {
    const traces = tracesIn(recorded(`${folder}/${name}.${tellers[0]?.ending}`));
    expect(traces.length).toBeGreaterThan(0);
    const played = play(new Router([rulesets], labState({ links })), packetsOf(traces));
    for (const { ending, teller, listing } of tellers) {
      const seen = tracesIn(recorded(`${folder}/${name}.${ending}`));
      const positions = new Positions(recorded(listing));
      expect(
        played.traces.map((one) => simulatedLines(one, rulesets, teller)),
        ending,
      ).toEqual(seen.map((one) => tellerLines(one, teller, positions)));
      if (teller !== "log") expect(played.traces.map(simulatedEnd), ending).toEqual(seen.map(endOf));
    }
    expect(played.resets.flatMap((one) => simulatedLines(one, rulesets, "nft"))).toEqual([]);
    expect(played.events).toEqual(recordedEvents(`${folder}/${name}.ct.txt`));
  });
});
