import { expect, test } from "vitest";
import { rankedFiles } from "../../client/compare/choices.js";
import { reportOf } from "../../client/compare/report.js";
import { summaryOf } from "../../client/compare/words.js";
import { amountText, countersOf, deltaText, since } from "../../client/rulesets/counters.js";

const nft = (first: number) => `table inet filter { # handle 1
	set lan {
		type ipv4_addr
	}

	chain input { # handle 2
		type filter hook input priority filter; policy drop;
		iifname "lo" accept # handle 3
		tcp dport 22 counter packets ${first} bytes ${first * 100} accept # handle 4
		counter packets 5 bytes 400 # handle 5
	}
}
`;

const saved = (first: number) => `*filter
:INPUT DROP [7:700]
:LAN - [0:0]
[${first}:1000] -A INPUT -i lo -j ACCEPT
[2:200] -A INPUT -i lo -j ACCEPT
[1:100] -A LAN -j RETURN
COMMIT
`;

/** One line for each counter: line, what, packets, bytes, handle. */
const shown = (text: string) =>
  countersOf(text).map(({ line, what, packets, bytes, handle }) =>
    [line, what, packets, bytes, handle].join(" ").trim(),
  );

test("nft: rules by their handles, chains as sums", () => {
  expect(shown(nft(10))).toEqual(["5 chain 15 1400", "8 rule 10 1000 4", "9 rule 5 400 5"]);
});

test("iptables: rules, policies and chains", () => {
  expect(shown(saved(10))).toEqual([
    "1 chain 12 1200",
    "1 policy 7 700",
    "2 chain 1 100",
    "3 rule 10 1000",
    "4 rule 2 200",
    "5 rule 1 100",
  ]);
});

test.each([
  [
    "nft",
    nft(10),
    nft(130),
    [
      ["chain inet filter", 120],
      ["rule inet filter", 120],
    ],
  ],
  [
    "iptables",
    saved(10),
    saved(11),
    [
      ["chain *filter INPUT", 1],
      ["rule *filter INPUT", 1],
    ],
  ],
  [
    "counters that began anew",
    nft(10),
    nft(3),
    [
      ["chain inet filter", 8],
      ["rule inet filter", 3],
    ],
  ],
  ["nothing new", nft(10), nft(10), []],
])("what was added since: %s", (_, before, now, expected) => {
  const found = since(countersOf(now), countersOf(before));
  const told = [...found].map(([key, packets]) => [
    key.replace("table ", "").split(" ").slice(0, 3).join(" "),
    packets,
  ]);
  expect(told).toEqual(expected);
});

test.each([
  [amountText(1, 40), "1 packet, 40 B"],
  [amountText(12_345, 1_234_567), "12,345 packets, 1.2 MB"],
  [amountText(0, 0), "0 packets, 0 B"],
  [deltaText(120, 5), "+120 packets in 5 s"],
  [deltaText(1, 2.34), "+1 packet in 2.3 s"],
  [deltaText(3, 61.2), "+3 packets in 61 s"],
  [deltaText(3, 61.2, false), "+3 in 61 s"],
])("%s", (text, expected) => {
  expect(text).toBe(expected);
});

test("the file compared last comes first, then the one named like the router", () => {
  const paths = [
    "file:///w/b.nft",
    "file:///w/readme.md",
    "file:///w/edge/x.nft",
    "file:///w/nftables.conf",
    "file:///w/r.v4",
  ];
  const asked = { language: "nftables", router: "edge" } as const;
  expect(rankedFiles(paths, asked)).toEqual(["file:///w/edge/x.nft", "file:///w/nftables.conf", "file:///w/b.nft"]);
  expect(rankedFiles(paths, { ...asked, last: "file:///w/b.nft" })[0]).toBe("file:///w/b.nft");
});

test("a report has the lines of both places", () => {
  const file = "table ip t {\n chain c {\n  accept\n }\n}\n";
  const { differences, equal, others, incomplete } = reportOf({
    language: "nftables",
    file,
    live: file.replace("accept", "\n  drop"),
    folders: [],
  });
  expect(differences.map(({ filePlace, livePlace }) => [filePlace?.line, livePlace?.line])).toEqual([
    [2, undefined],
    [undefined, 3],
  ]);
  expect(summaryOf({ differences, equal, others, incomplete }, "a.nft", "edge")).toBe(
    "2 differences between a.nft and edge; 0 rules are the same.",
  );
  expect(summaryOf({ differences: [], equal: 4, others: ["ip docker"], incomplete: false }, "a.nft", "edge")).toBe(
    "edge runs what a.nft says: 4 rules are the same. Not of this file: table ip docker.",
  );
});
