import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { analyze } from "../../netfilter/analyze.js";
import { sharedPath } from "../corpus/shared.js";

/** Which lint finds each of the forty mistakes in `../shared/silent`, by the number of its files. */
const finders: Readonly<Record<string, string>> = {
  "01": "noUnreachableRule",
  "02": "noUnreachableRule",
  "03": "noUnusedChain",
  "04": "noEmptyJump",
  "05": "noDuplicateRule",
  "06": "noShadowedRule",
  "07": "noContradiction",
  "08": "useMasqueradeInterface",
  "10": "noImpossibleInterface",
  "11": "noEarlyState",
  "12": "noUntrackedState",
  "13": "noStateInNat",
  "14": "noMarkInNat",
  "15": "noUntranslatedMatch",
  "16": "noPartialMark",
  "17": "noUnsavedMark",
  "18": "noLateMark",
  "19": "noReversedLimit",
  "20": "useEstablishedAccept",
  "21": "useLoopbackAccept",
  "22": "useNeighbourDiscovery",
  "23": "noFamilyGap",
  "24": "noHostBits",
  "25": "useFullFlagMask",
  "26": "noUnusedSet",
  "27": "noOpenPolicy",
  "28": "noOverruledAccept",
  "29": "noShadowedRule",
  "30": "useLogSeparator",
  "32": "noNatPriority",
  "33": "noUnclosedQuote",
  "34": "useVerdict",
  "35": "noUserChainPolicy",
  "36": "noIdleReturn",
  "37": "noBlockedPathMtu",
  "39": "noNegatedAlternatives",
  "40": "noLoopbackRedirect",
};

/** Left to the reachability engine or not certain in any file: `docs/lints.md` says why. 41 and 42 are errors of a load. */
const waiting = ["09", "31", "38", "41", "42"];

describe("mistakes that both tools load in silence", () => {
  const folder = sharedPath("silent");
  const files = readdirSync(folder).filter((name) => /^\d\d\./.test(name));

  test("are all accounted for", () => {
    const numbers = new Set(files.map((name) => name.slice(0, 2)));
    expect([...Object.keys(finders), ...waiting].sort()).toEqual([...numbers].sort());
  });

  test.each(files.filter((name) => !waiting.includes(name.slice(0, 2))))("%s", (name) => {
    const language = name.endsWith(".nft") ? "nftables" : "iptables";
    const codes = analyze(readFileSync(`${folder}/${name}`, "utf8"), language).findings.map(({ code }) => code);
    expect(codes).toContain(finders[name.slice(0, 2)]);
  });
});
