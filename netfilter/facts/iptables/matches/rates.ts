import type { Extension, Value } from "../extension.js";
import { match, option, prefixOrMask, u16, u32, u64, upTo } from "./define.js";

const limit = match("limit", {
  forms: ["-m limit [--limit rate] [--limit-burst number]"],
  doc: "A bucket of tokens for the **rule**, shared by all packets that reach it: it matches while a token is left and takes one. So put ACCEPT or LOG on the limited rule and DROP behind it; `-m limit -j DROP` drops the first few and lets a flood pass. For a limit of each client use hashlimit.",
  options: [
    option(
      "limit",
      "--limit n[/second|/minute|/hour|/day]",
      [{ type: "rate", max: 10000 }],
      "How fast tokens come back, 3/hour where nothing is said, and a second where no unit is. At most 10000 a second. A very slow rate with a very large burst (1/day and 10000) is more than the kernel can count.",
    ),
    option(
      "limit-burst",
      "--limit-burst number",
      [upTo(10000)],
      "The size of the bucket, 5 where nothing is said: so many packets match at once before the rate begins to count. The bucket is full when the rule is loaded.",
    ),
  ],
});

const keys = {
  srcip: "One bucket for each source address (or network, with `--hashlimit-srcmask`).",
  srcport:
    "One bucket for each source port. With `srcip` every connection gets its own, which limits nothing an attacker cares for.",
  dstip: "One bucket for each destination address (or network, with `--hashlimit-dstmask`).",
  dstport: "One bucket for each destination port.",
};

const hashRate: Value = { type: "rate", bytes: true, max: 1000000 };

const hashlimit = match("hashlimit", {
  forms: ["-m hashlimit --hashlimit-upto rate | --hashlimit-above rate --hashlimit-name name [options]"],
  doc: "As limit, but with a bucket for each source, destination or port, kept in a hash table that `/proc/net/ipt_hashlimit/NAME` shows. Without `--hashlimit-mode` there is one bucket for all. A full table (`--hashlimit-htable-max`) makes new sources go without a bucket, and their packets are dropped on the spot.",
  options: [
    option(
      "hashlimit-upto hashlimit",
      "[!] --hashlimit-upto n[/second|/minute|/hour|/day] | n[k|m|g]b[/second]",
      [hashRate],
      "Matches while the rate is not reached: the form for ACCEPT, with a DROP behind it. `512kb/s` counts bytes and not packets. `--hashlimit` is its older name.",
    ),
    option(
      "hashlimit-above",
      "[!] --hashlimit-above n[/second|/minute|/hour|/day] | n[k|m|g]b[/second]",
      [hashRate],
      "Matches what is beyond the rate: the form for DROP.",
    ),
    option(
      "hashlimit-mode",
      "--hashlimit-mode srcip|srcport|dstip|dstport[,...]",
      [{ type: "word", words: keys, list: true, blanks: true }],
      "What gets a bucket of its own; several words together make one key. Ports count for TCP, UDP, UDP-Lite, SCTP and DCCP, and are 0 for anything else.",
    ),
    option(
      "hashlimit-name",
      "--hashlimit-name name",
      [
        {
          type: "pattern",
          pattern: /^(?!\.{1,2}$)[^/]{1,255}$/,
          what: "a name without a slash, as it becomes a file in /proc",
        },
      ],
      "The table's name. Rules of the same name and family share one table, with the settings of whichever came first; older kernels keep 15 letters of it.",
    ),
    option(
      "hashlimit-burst",
      "--hashlimit-burst number",
      [
        {
          type: "pattern",
          pattern: /^(?:0*[1-9]\d{0,5}|0*1000000|0x[\da-f]+|\d+[a-z]+)$/i,
          what: "a number from 1 to 1000000, or bytes with a rate in bytes (400kb)",
        },
      ],
      "The size of each bucket: 5 packets where nothing is said. With a rate in bytes it is in bytes too and must be at least the rate of one second.",
    ),
    option(
      "hashlimit-srcmask",
      "--hashlimit-srcmask length",
      [prefixOrMask],
      "Puts sources with the same leading bits into one bucket. For IPv6, 64 is wise: a client has that many addresses to choose from.",
    ),
    option(
      "hashlimit-dstmask",
      "--hashlimit-dstmask length",
      [prefixOrMask],
      "Puts destinations with the same leading bits into one bucket.",
    ),
    option(
      "hashlimit-htable-size",
      "--hashlimit-htable-size number",
      [upTo(u32)],
      "How many hash chains the table has. The kernel chooses by the size of memory where nothing (or 0) is given.",
    ),
    option(
      "hashlimit-htable-max",
      "--hashlimit-htable-max number",
      [upTo(u32)],
      "How many buckets the table may hold. Beyond it the packets of newcomers are dropped, so a scan from many addresses can lock others out.",
    ),
    option(
      "hashlimit-htable-gcinterval",
      "--hashlimit-htable-gcinterval milliseconds",
      [{ type: "integer", min: 1, max: u32 }],
      "How often expired buckets are cleared away: every second where nothing is said.",
    ),
    option(
      "hashlimit-htable-expire",
      "--hashlimit-htable-expire milliseconds",
      [{ type: "integer", min: 1, max: u32 }],
      "After how long without a packet a bucket is forgotten, and its owner starts with a full one. Where nothing is said it follows the rate's unit.",
    ),
    option(
      "hashlimit-rate-match",
      "--hashlimit-rate-match",
      [],
      "Only measures whether the flow is faster than the rate over an interval. No tokens are taken, so everything from a fast flow matches, not just the surplus.",
    ),
    option(
      "hashlimit-rate-interval",
      "--hashlimit-rate-interval seconds",
      [{ type: "integer", min: 1, max: 0x7fffffff }],
      "How long the measured interval of `--hashlimit-rate-match` is: 1 second where nothing is said.",
    ),
  ],
  needs: [["hashlimit-upto", "hashlimit-above"], ["hashlimit-name"]],
  excludes: [["hashlimit-upto", "hashlimit-above"]],
});

const statistic = match("statistic", {
  forms: ["-m statistic --mode random [!] --probability p", "-m statistic --mode nth [!] --every n --packet p"],
  doc: "Matches by chance or by counting, for sharing load among targets and for testing with losses. It decides about **packets**: in `nat` only the first packet of a connection comes by, so connections are shared; in other tables a connection's packets would be torn apart. For equal shares among three rules use 1/3, 1/2 and no match, as each rule sees what the earlier ones left.",
  options: [
    option(
      "mode",
      "--mode random|nth",
      [
        {
          type: "word",
          words: {
            random: "Every packet on its own by chance; needs `--probability`.",
            nth: "One of so many packets in turn; needs `--every` and `--packet`.",
          },
        },
      ],
      "How it decides. iptables-save leaves out nothing, so both kinds always show their mode.",
    ),
    option(
      "probability",
      "[!] --probability p",
      [
        {
          type: "pattern",
          pattern: /^(?=.*\d)\+?(?:0*(?:\.\d*)?|0*1(?:\.0*)?|\d*\.?\d+e-\d+|0x[\da-f.]+(?:p-?\d+)?)$/i,
          what: "a probability from 0 to 1",
        },
      ],
      "The share of packets that match, from 0 to 1. The kernel keeps 31 bits of it, so iptables-save prints 0.33333333349 for a third.",
    ),
    option(
      "every",
      "[!] --every n",
      [{ type: "integer", min: 1, max: u32 }],
      "One packet out of n matches. The counter belongs to the rule and starts again when it is loaded.",
      { requires: ["packet"] },
    ),
    option(
      "packet",
      "--packet p",
      [upTo(u32 - 1)],
      "Which one of the n it is, from 0 to n-1. It must be written out, 0 included.",
      { requires: ["every"], lessThan: { option: "every" } },
    ),
  ],
  needs: [["mode"], ["probability", "every"]],
  excludes: [["probability", "every"]],
});

const quota = match("quota", {
  forms: ["-m quota [!] --quota bytes"],
  doc: "Matches until so many bytes have passed the rule, then never again: the packet that does not fit sets the rest to 0. Loading the rules anew, even unchanged, starts a fresh quota, as nothing saves what is left.",
  options: [
    option(
      "quota",
      "[!] --quota bytes",
      [upTo(u64)],
      "How many bytes may pass, IP headers included. Negated it matches once they are used up.",
    ),
  ],
  needs: [["quota"]],
});

const recentNegatable = (name: string, doc: string) => option(name, `[!] --${name}`, [], doc);

const recent = match("recent", {
  forms: ["-m recent [!] --set|--rcheck|--update|--remove [--name list] [options]"],
  doc: "Keeps lists of addresses with the times of their last packets and asks them later: four new ssh connections within a minute, port knocking. The lists are files in `/proc/net/xt_recent/`, hold 100 addresses each (module parameter `ip_list_tot`) and push out the oldest. A forged source address can put anybody on a list.",
  options: [
    recentNegatable(
      "set",
      "Puts the address on the list, or adds the present time to its entry. Always matches (negated: never, though it still adds).",
    ),
    recentNegatable(
      "rcheck",
      "Matches if the address is on the list and the conditions of time and hits hold. Leaves the entry as it is.",
    ),
    recentNegatable(
      "update",
      "As `--rcheck`, but a match also adds the present time: who goes on trying stays on the list.",
    ),
    recentNegatable("remove", "Takes the address off the list. Matches if it was on it."),
    option(
      "seconds",
      "--seconds seconds",
      [{ type: "integer", min: 1, max: u32 }],
      "Counts only what came within so many seconds. For `--rcheck` and `--update`; with the others the kernel refuses the rule.",
    ),
    option(
      "reap",
      "--reap",
      [],
      "Throws entries out of the list that are older than `--seconds`, before it is asked.",
      {
        requires: ["seconds"],
      },
    ),
    option(
      "hitcount",
      "--hitcount hits",
      [upTo(u16)],
      "Matches only if the address has been seen so many times, within `--seconds` where that is given. A list remembers as many times as the largest hitcount of its rules asks for. Older kernels refuse more than 255.",
    ),
    option(
      "rttl",
      "--rttl",
      [],
      "The packet's TTL must equal that of the packet that put the address on the list: a weak guard against forged sources.",
    ),
    option(
      "name",
      "--name list",
      [
        {
          type: "pattern",
          pattern: /^(?!\.{1,2}$)[^/]{1,199}$/,
          what: "a list's name of 1 to 199 letters without a slash, as it becomes a file in /proc",
        },
      ],
      "Which list; `DEFAULT` where nothing is said. The rules of one namespace share lists by name, whatever table they stand in.",
    ),
    option("rsource", "--rsource", [], "Works with the packet's source address, as it does when nothing is said."),
    option(
      "rdest",
      "--rdest",
      [],
      "Works with the packet's destination address. The last of `--rsource` and `--rdest` counts.",
    ),
    option(
      "mask",
      "--mask netmask",
      [{ type: "address" }],
      "The address is ANDed with this netmask before it is looked up or stored, so one entry can stand for a network.",
    ),
  ],
  needs: [["set", "rcheck", "update", "remove"]],
  excludes: [
    ["set", "rcheck", "update", "remove"],
    ["set", "rttl"],
    ["remove", "rttl"],
    ["set", "seconds"],
    ["remove", "seconds"],
    ["set", "hitcount"],
    ["remove", "hitcount"],
  ],
});

const rateest = match("rateest", {
  forms: [
    "-m rateest --rateest1 name [--rateest-delta] [!] --rateest-lt|--rateest-gt|--rateest-eq --rateest-bps value | --rateest-pps value",
    "-m rateest --rateest1 name [!] --rateest-lt|--rateest-gt|--rateest-eq --rateest-bps1 [value] --rateest2 name --rateest-bps2 [value]",
  ],
  doc: "Compares a measured rate with a number or with another one. `-j RATEEST` rules measure it, and one of that name must be loaded before. Used to spread traffic over links by their load.",
  options: [
    option("rateest1 rateest", "--rateest1 name", [{ type: "text" }], "The estimator on the left of the comparison."),
    option("rateest2", "--rateest2 name", [{ type: "text" }], "The estimator on the right, in the place of a number."),
    option(
      "rateest-bps1 rateest-bps",
      "--rateest-bps1 [value]",
      [{ type: "text" }],
      "Compare bytes a second. With a value (`128kbit`) and `--rateest-delta` that is what is left of it.",
      { optionalValue: true },
    ),
    option(
      "rateest-pps1 rateest-pps",
      "--rateest-pps1 [value]",
      [{ type: "text" }],
      "Compare packets a second. A value is the limit, or with `--rateest-delta` what the rate is taken from.",
      {
        optionalValue: true,
      },
    ),
    option(
      "rateest-bps2",
      "--rateest-bps2 [value]",
      [{ type: "text" }],
      "The right side in bytes a second: a number, or the second estimator's.",
      { optionalValue: true },
    ),
    option(
      "rateest-pps2",
      "--rateest-pps2 [value]",
      [{ type: "text" }],
      "The right side in packets a second: a number, or the second estimator's.",
      { optionalValue: true },
    ),
    option(
      "rateest-delta",
      "--rateest-delta",
      [],
      "Compares what is left (given value minus measured rate), not the rate itself: the link with more room wins.",
    ),
    option("rateest-lt", "[!] --rateest-lt", [], "Matches while the left side is below the right one."),
    option("rateest-gt", "[!] --rateest-gt", [], "Matches while the left side is above the right one."),
    option(
      "rateest-eq",
      "[!] --rateest-eq",
      [],
      "Matches while both sides are equal, which measured rates hardly ever are.",
    ),
  ],
  needs: [["rateest1"], ["rateest-lt", "rateest-gt", "rateest-eq"]],
});

const nfacct = match("nfacct", {
  forms: ["-m nfacct --nfacct-name name"],
  doc: "Adds the packet to a named counter of the nfacct tool and matches always, or, if the counter has a quota, only once that is used up. The counter must exist before the rules are loaded (`nfacct add NAME`).",
  options: [
    option("nfacct-name", "--nfacct-name name", [{ type: "text" }], "The counter's name. Several rules may share one."),
  ],
  needs: [["nfacct-name"]],
});

/** Matches that count packets, measure rates or remember addresses. */
export const rateMatches: readonly Extension[] = [limit, hashlimit, statistic, quota, recent, rateest, nfacct];
