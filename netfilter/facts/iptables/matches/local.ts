import type { Extension, Value } from "../extension.js";
import { match, option } from "./define.js";

const comment = match("comment", {
  forms: ['-m comment --comment "text"'],
  doc: "A note for people. It always matches and costs next to nothing.",
  options: [
    option(
      "comment",
      "--comment text",
      [{ type: "text", empty: true }],
      'Up to 255 bytes; what is beyond is cut off in silence. A `"` within is written `\\"`. iptables-save prints it back, so it outlives a reload, unlike a `#` line.',
    ),
  ],
  needs: [["comment"]],
});

/** A name of the machine that loads the rules, a number, or two numbers with `-` between them. */
const account = (what: string): Value => ({
  type: "pattern",
  pattern: /^[^-\s].*$/s,
  what: `a ${what}'s name, a number, or a range of numbers (1000-1999)`,
});

const owner = match("owner", {
  forms: ["-m owner [!] --uid-owner user [!] --gid-owner group [--suppl-groups] [!] --socket-exists"],
  doc: "Asks who owns the socket that sent the packet. Only packets made by this host have one, so it is allowed where those pass: OUTPUT and POSTROUTING. The kernel's own packets (ICMP errors, TCP resets, the last ones of a program that has gone) have no owner: they match only where every given option is negated.",
  hooks: ["OUTPUT", "POSTROUTING"],
  options: [
    option(
      "uid-owner",
      "[!] --uid-owner user[-user]",
      [account("user")],
      "The user whose process opened the socket. A name must exist on the machine that loads the rules, which stores its number.",
    ),
    option(
      "gid-owner",
      "[!] --gid-owner group[-group]",
      [account("group")],
      "The primary group of the process that opened the socket.",
    ),
    option(
      "suppl-groups",
      "--suppl-groups",
      [],
      "Compares `--gid-owner`, which must stand before it, with the process's other groups too.",
      { requires: ["gid-owner"] },
    ),
    option(
      "socket-exists",
      "[!] --socket-exists",
      [],
      "The packet has a socket at all. In POSTROUTING this tells local packets from forwarded ones.",
    ),
  ],
  needs: [["uid-owner", "gid-owner", "socket-exists"]],
});

const cgroup = match("cgroup", {
  forms: ["-m cgroup [!] --path path", "-m cgroup [!] --cgroup classid"],
  doc: "Asks for the control group of the process that owns the packet's socket. In INPUT that is known only where the kernel looked the socket up early, for established connections that is; packets for a mere listener do not match.",
  hooks: ["INPUT", "OUTPUT", "POSTROUTING"],
  options: [
    option(
      "path",
      "[!] --path path",
      [{ type: "text", empty: true }],
      "A path below the root of cgroup v2, such as `system.slice/ssh.service`. It must exist when the rules are loaded, and its children match too.",
    ),
    option(
      "cgroup",
      "[!] --cgroup classid",
      [{ type: "integer", min: 0, max: 0xffffffff }],
      "The number in the `net_cls.classid` file of a cgroup of version 1.",
    ),
  ],
  needs: [["cgroup", "path"]],
  excludes: [["path", "cgroup"]],
});

const socket = match("socket", {
  forms: ["-m socket [--transparent] [--nowildcard] [--restore-skmark]"],
  doc: "Matches if a local socket would take the packet: an established connection or a listener. With TPROXY it goes in front, so that packets of connections that are taken already get the mark and a short way. Only before or at the routing decision to this host.",
  hooks: ["PREROUTING", "INPUT"],
  options: [
    option(
      "transparent",
      "--transparent",
      [],
      "Only sockets that were opened as transparent (`IP_TRANSPARENT`) count, as a TPROXY program's are.",
    ),
    option(
      "nowildcard",
      "--nowildcard",
      [],
      "Listeners on all addresses (0.0.0.0 or `::`) count too. Despite its name it widens the match.",
    ),
    option(
      "restore-skmark",
      "--restore-skmark",
      [],
      "Gives the packet the socket's own mark (`SO_MARK`) if the other conditions hold.",
    ),
  ],
});

const dateForm = "YYYY[-MM[-DD[Thh[:mm[:ss]]]]]";
const upTo59 = "0*[0-5]?\\d";
const hour = "0*(?:1?\\d|2[0-3])";
const dateParts = [
  "(?:19[789]\\d|20[0-2]\\d|203[0-8])",
  "-",
  "0*(?:\\d|1[0-2])",
  "-",
  "0*(?:[12]?\\d|3[01])",
  "T",
  hour,
  ":",
  upTo59,
  ":",
  upTo59,
];

/** Each part may be left out with all that follows it. */
const date: Value = {
  type: "pattern",
  pattern: new RegExp(`^${dateParts.reduceRight((rest, part) => `${part}(?:${rest})?`)}$`),
  what: `a date from 1970 to 2038 as ${dateForm}`,
};
const timeOfDay: Value = {
  type: "pattern",
  pattern: new RegExp(`^(?:${hour})?:(?:${upTo59})?(?::(?:${upTo59})?)?$`),
  what: "a time of day as hh:mm[:ss], at most 23:59:59",
};

const weekdays = {
  Mon: "Monday, the first day of the week here: 1.",
  Tue: "Tuesday, 2.",
  Wed: "Wednesday, 3.",
  Thu: "Thursday, 4.",
  Fri: "Friday, 5.",
  Sat: "Saturday, 6.",
  Sun: "Sunday, 7. There is no day 0.",
};

const time = match("time", {
  forms: [
    "-m time [--datestart date] [--datestop date] [--timestart time] [--timestop time] [--monthdays days] [--weekdays days] [--kerneltz]",
  ],
  doc: "Compares the time at which the packet came with the clock: in **UTC**, whatever the machine's time zone, unless `--kerneltz` says otherwise. Established connections are not cut at the end of a span if an earlier rule accepts ESTABLISHED.",
  options: [
    option(
      "datestart",
      `--datestart ${dateForm}`,
      [date],
      "Matches from this moment on. Parts left out are the first ones: `2026` is 1 January 2026, midnight.",
    ),
    option(
      "datestop",
      `--datestop ${dateForm}`,
      [date],
      "Matches up to this moment. `2026-05-31` ends at midnight as that day *begins*.",
    ),
    option(
      "timestart",
      "--timestart hh:mm[:ss]",
      [timeOfDay],
      "The daily span begins here. Later than `--timestop` it runs over midnight, but the part after midnight counts to the new day (see `--contiguous`).",
    ),
    option(
      "timestop",
      "--timestop hh:mm[:ss]",
      [timeOfDay],
      "The daily span ends here, 23:59:59 where nothing is said.",
    ),
    option(
      "monthdays",
      "[!] --monthdays day[,day...]",
      [
        {
          type: "pattern",
          pattern: /^,*(?:0*(?:[12]?\d|3[01])(?:,+|$))+$/,
          what: "days of the month from 1 to 31 with commas between them",
        },
      ],
      "Only on these days of the month; a month without day 31 is left out then. No ranges.",
    ),
    option(
      "weekdays",
      "[!] --weekdays day[,day...]",
      [{ type: "word", words: weekdays, list: true, blanks: true, orInteger: 255, significant: 2 }],
      "Only on these days of the week: `Mon,Tue` or `1,2`. Only the first two letters are read, so `Mon-Fri` is taken and means Monday alone.",
    ),
    option(
      "kerneltz",
      "--kerneltz",
      [],
      "Works in the kernel's time zone, which is set once at boot and knows nothing of daylight saving.",
    ),
    option(
      "contiguous",
      "--contiguous",
      [],
      "A span over midnight belongs to the day on which it began: Monday 22:00 to 04:00 ends on Tuesday. Needs a `--timestop` earlier than `--timestart`.",
      { requires: ["timestart", "timestop"] },
    ),
    option("localtz", "--localtz", [], "An older name of `--kerneltz`, which iptables-save prints in its place."),
    option(
      "utc",
      "--utc",
      [],
      "Says what holds anyway: times are in UTC. Written for readers, and for very old tools.",
    ),
  ],
  excludes: [
    ["utc", "kerneltz"],
    ["utc", "localtz"],
  ],
});

/** Matches on this host: its processes, its sockets, its clock, and notes for its keepers. */
export const localMatches: readonly Extension[] = [comment, owner, cgroup, socket, time];
