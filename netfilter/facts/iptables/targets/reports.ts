import type { Extension, Value } from "../extension.js";
import { integer, max32, option, target } from "./define.js";

const logLevels: Value = {
  type: "word",
  orInteger: 7,
  words: {
    emerg: "0: the system cannot be used; shown on every terminal.",
    panic: "Old name of `emerg`.",
    alert: "1: someone must act at once.",
    crit: "2: critical; consoles usually show it.",
    error: "3: an error.",
    warning: "4: a warning, the level where nothing is said.",
    notice: "5: normal but worth a note.",
    info: "6: information.",
    debug: "7: for debugging; many systems do not store it.",
  },
};

const seconds: Value = {
  type: "pattern",
  pattern: /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?:[mu]?s|[mu]?secs?)?$/i,
  what: "a time in s, ms or us, such as 250ms",
};

/** Targets that only tell or count something; the packet goes on to the next rule unchanged. */
export const reportTargets: readonly Extension[] = [
  target(
    "LOG",
    "Writes a line about the packet to the kernel's log and goes on to the next rule: to log and drop, a second rule must drop. Every packet costs a line, so put `-m limit` in front. Inside a network namespace other than the first nothing is written unless `net.netfilter.nf_log_all_netns` is on.",
    {
      options: [
        option("log-level", logLevels, "LEVEL", "The syslog level, by number or name. `err` and `warn` are not known."),
        option(
          "log-prefix",
          { type: "text", oneLine: true },
          "TEXT",
          "Stands in front of the line, to find it again. Only the first 29 bytes are kept, in silence, and no blank is put behind: end it with one.",
        ),
        option(
          "log-tcp-sequence",
          undefined,
          "",
          "Adds TCP sequence numbers, which would help whoever may read the log to guess them.",
        ),
        option("log-tcp-options", undefined, "", "Adds the TCP options, as bytes in hexadecimal."),
        option("log-ip-options", undefined, "", "Adds the options or extension headers of the IP header."),
        option("log-uid", undefined, "", "Adds the user and group that own the socket of a packet made here."),
        option(
          "log-macdecode",
          undefined,
          "",
          "Writes the link-layer header as addresses and type in place of plain bytes.",
        ),
      ],
    },
  ),
  target(
    "NFLOG",
    "Sends the packet's headers and some of its content over netlink to whoever listens on the group (ulogd, tcpdump on the `nflog` interface) and goes on to the next rule. With nobody listening it goes nowhere, without an error.",
    {
      options: [
        option("nflog-group", integer(0, 65_535), "NUMBER", "The netlink group, 0 where nothing is said."),
        option(
          "nflog-prefix",
          { type: "text", oneLine: true },
          "TEXT",
          "Goes along with each packet. The legacy build keeps 63 bytes of it, the nft build 127.",
        ),
        option("nflog-range", integer(0, max32), "BYTES", "Never had an effect; `--nflog-size` limits what is copied."),
        option(
          "nflog-size",
          integer(0, max32),
          "BYTES",
          "How many bytes of the packet are copied; all of it where nothing is said.",
        ),
        option(
          "nflog-threshold",
          integer(0, 65_535),
          "PACKETS",
          "How many packets the kernel gathers before it wakes the listener. A higher number costs less and tells later.",
        ),
      ],
      excludes: [["nflog-range", "nflog-size"]],
    },
  ),
  target(
    "ULOG",
    "The predecessor of `NFLOG` for IPv4. Kernels since 3.17 do not have it, so a rule with it no longer loads: use `NFLOG`.",
    {
      families: ["ipv4"],
      options: [
        option("ulog-nlgroup", integer(1, 32), "NUMBER", "The netlink group, counted from 1."),
        option(
          "ulog-cprange",
          { type: "integer", min: 0, max: 0xffff_ffff_ffff_ffffn },
          "BYTES",
          "How many bytes of the packet are copied; 0 for all.",
        ),
        option(
          "ulog-qthreshold",
          integer(1, 50),
          "PACKETS",
          "How many packets are gathered before the listener is woken.",
        ),
        option(
          "ulog-prefix",
          { type: "text", oneLine: true },
          "TEXT",
          "Goes along with each packet, at most 32 bytes of it.",
        ),
      ],
    },
  ),
  target(
    "TRACE",
    "Marks the packet so that every rule it matches from here on is reported, in all tables and hooks: read it with `xtables-monitor --trace` (nft build) or in the kernel's log (legacy build, where it may only stand in the raw table). It costs an event for every rule: name the packets closely. The packet goes on to the next rule.",
  ),
  target(
    "AUDIT",
    "Writes a record about the packet to the kernel's audit log, saying what the rules are about to do with it. It does not do that itself: the rule that accepts or drops must follow.",
    {
      needs: [["type"]],
      options: [
        option(
          "type",
          {
            type: "word",
            ignoreCase: true,
            words: {
              accept: "The record says that the packet is accepted.",
              drop: "The record says that the packet is dropped.",
              reject: "The record says that the packet is rejected.",
            },
          },
          "TYPE",
          "Which decision the record tells of; newer kernels leave it out of the record.",
        ),
      ],
    },
  ),
  target(
    "LED",
    "Makes a light blink: packets that match pull an LED trigger named `netfilter-` and the id, which `/sys/class/leds` ties to a lamp. The packet goes on to the next rule.",
    {
      needs: [["led-trigger-id"]],
      options: [
        option(
          "led-trigger-id",
          { type: "text", empty: true },
          "NAME",
          "The trigger's name without `netfilter-`; one rule for each name.",
        ),
        option(
          "led-delay",
          { type: "pattern", pattern: /^(?:inf|\d+|0x[\da-f]+)$/i, what: "milliseconds, or inf" },
          "MILLISECONDS",
          "How long the lamp stays on; `inf` for ever.",
        ),
        option("led-always-blink", undefined, "", "Blinks for every packet even while the lamp is still on."),
      ],
    },
  ),
  target(
    "IDLETIMER",
    "Starts a timer anew for every packet and tells user space when none has come for that long, by a change of `/sys/class/xt_idletimer/timers/LABEL`. Rules with the same label share the timer.",
    {
      needs: [["timeout"], ["label"]],
      options: [
        option(
          "timeout",
          integer(0, max32),
          "SECONDS",
          "How long without a packet counts as idle; the kernel refuses 0.",
        ),
        option("label", { type: "text", empty: true }, "NAME", "The timer's name, at most 27 bytes of it."),
        option("alarm", undefined, "", "Uses a timer that also runs while the machine is suspended."),
      ],
    },
  ),
  target(
    "RATEEST",
    "Feeds a named estimator with the packets that match; `-m rateest` elsewhere asks it how fast they come. The packet goes on to the next rule.",
    {
      needs: [["rateest-name"], ["rateest-interval"], ["rateest-ewmalog"]],
      options: [
        option(
          "rateest-name",
          { type: "text", empty: true },
          "NAME",
          "The estimator's name, by which `-m rateest` finds it.",
        ),
        option(
          "rateest-interval",
          seconds,
          "TIME",
          "How often the rate is measured, up to 8 seconds; microseconds where no unit stands.",
        ),
        option(
          "rateest-ewmalog",
          seconds,
          "TIME",
          "Over how long the average runs. It must be longer than the interval, else the load fails.",
        ),
      ],
    },
  ),
];
