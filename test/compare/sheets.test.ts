import { expect, test } from "vitest";
import { compareWithSheets } from "../../netfilter/compare/compare.js";

const file = `flush ruleset
define web = { 80, 443 }
table inet filter {
  set lan { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }
  chain input {
    type filter hook input priority filter; policy drop;
    tcp dport $web accept
    tcp dport ssh accept
  }
}
`;

const live = `table inet filter {
	set lan {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.0/8 }
	}

	chain input { # handle 1
		type filter hook input priority filter; policy drop;
		tcp dport { 80, 443 } accept # handle 4
		tcp dport 22 counter packets 3 bytes 180 drop # handle 5
	}
}
`;

test("what does the same is written alike, and only what differs is not", () => {
  const { sheets } = compareWithSheets({ text: file }, live, "nftables");
  const [ours, theirs] = [sheets.file, sheets.live].map((sheet) => sheet.split("\n"));
  expect(ours?.filter((line) => !theirs?.includes(line))).toEqual(["    tcp dport ssh accept"]);
  expect(theirs?.filter((line) => !ours?.includes(line))).toEqual(["    tcp dport 22 counter drop"]);
  expect(sheets.file).toMatchInlineSnapshot(`
    "table inet filter {
      set lan {
        flags interval
        type ipv4_addr
        10.0.0.0/8
      }
      chain input {
        type filter hook input
        priority 0
        policy drop
        tcp dport { 80, 443 } accept
        tcp dport ssh accept
      }
    }
    "
  `);
});
