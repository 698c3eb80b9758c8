import { expect, test } from "vitest";
import type { Language } from "../../netfilter/language.js";
import { loadRules } from "../../netfilter/simulate/load.js";
import { overlaps } from "../../netfilter/simulate/overlaps.js";

const filter = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j DROP\nCOMMIT\n";
const nft = (family: string, table: string, chain: string) =>
  `table ${family} ${table} {\n chain ${chain} {\n type filter hook forward priority 0;\n drop\n }\n}\n`;

test("chains that have rules in several files are told", () => {
  const check = (files: readonly (readonly [Language, string])[], ...expected: readonly (string | RegExp)[]) => {
    const loaded = files.map(([language, text], index) => loadRules(`file${index + 1}`, text, language));
    expect(overlaps(loaded)).toEqual(expected.map((one) => expect.stringMatching(one)));
  };
  const both = "FORWARD has rules in file1 and in file2";
  check([["iptables", filter]]);
  check([
    ["iptables", filter],
    ["ip6tables", filter],
  ]);
  check(
    [
      ["iptables", filter],
      ["iptables", filter],
    ],
    new RegExp(`^ip filter ${both}, and both are followed: iptables-restore .* --noflush$`),
  );
  check([
    ["iptables", filter],
    ["iptables", filter.replace("-A FORWARD", "-A INPUT")],
  ]);
  check(
    [
      ["iptables", filter],
      ["nftables", nft("ip", "filter", "FORWARD")],
    ],
    new RegExp(`^ip filter ${both}: they are followed as two chains, file2's first`),
  );
  check(
    [
      ["nftables", nft("inet", "fw", "c")],
      ["nftables", nft("ip", "fw", "c")],
      ["nftables", nft("inet", "fw", "c")],
    ],
    /^inet fw c has rules in file1 and in file3: .* with the rules of file3 at its end$/,
  );
  check([
    ["nftables", nft("inet", "fw", "c")],
    ["nftables", nft("inet", "fw", "d")],
  ]);
});
