import type { RejectWith } from "../../context.js";
import { type Options, readNumber, readRange, readWord } from "../options.js";
import type { Deed, Targets } from "./define.js";

/** Targets that decide at once. */
export const verdictTargets: Targets = {
  ACCEPT: () => () => "accept",
  DROP: () => () => "drop",
  RETURN: () => () => "return",
  QUEUE: () => queue(0, 0, false),
  NFQUEUE: nfqueue,
  REJECT: (options) => {
    const outcome = { do: "reject", with: rejectWith(options) } as const;
    return () => outcome;
  },
};

function nfqueue(options: Options): Deed {
  const bypass = options.has("queue-bypass");
  const range = readRange(options.text("queue-balance") ?? "", ":", 0, readNumber);
  if (options.has("queue-balance") && range) return queue(range.from, range.to, bypass);
  const number = options.number("queue-num") ?? 0;
  return queue(number, number, bypass);
}

function queue(from: number, to: number, bypass: boolean): Deed {
  const outcome = { do: "queue", numbers: { from, to }, bypass } as const;
  return () => outcome;
}

/** ICMP's type and code for each word, long and short. */
const answers = {
  ipv4: {
    "icmp-net-unreachable": [3, 0],
    "net-unreach": [3, 0],
    "icmp-host-unreachable": [3, 1],
    "host-unreach": [3, 1],
    "icmp-proto-unreachable": [3, 2],
    "proto-unreach": [3, 2],
    "icmp-port-unreachable": [3, 3],
    "port-unreach": [3, 3],
    "icmp-net-prohibited": [3, 9],
    "net-prohib": [3, 9],
    "icmp-host-prohibited": [3, 10],
    "host-prohib": [3, 10],
    "tcp-reset": undefined,
    "tcp-rst": undefined,
    "icmp-admin-prohibited": [3, 13],
    "admin-prohib": [3, 13],
  },
  ipv6: {
    "icmp6-no-route": [1, 0],
    "no-route": [1, 0],
    "icmp6-adm-prohibited": [1, 1],
    "adm-prohibited": [1, 1],
    "icmp6-addr-unreachable": [1, 3],
    "addr-unreach": [1, 3],
    "icmp6-port-unreachable": [1, 4],
    "port-unreach": [1, 4],
    "tcp-reset": undefined,
    "icmp6-policy-fail": [1, 5],
    "policy-fail": [1, 5],
    "icmp6-reject-route": [1, 6],
    "reject-route": [1, 6],
  },
} as const;

function rejectWith(options: Options): RejectWith {
  const table: Readonly<Record<string, readonly [number, number] | undefined>> = answers[options.family];
  const usual = options.family === "ipv4" ? "icmp-port-unreachable" : "icmp6-port-unreachable";
  const answer = table[readWord(options.text("reject-with"), Object.keys(table)) ?? usual];
  return answer ? { tcpReset: false, type: answer[0], code: answer[1] } : { tcpReset: true };
}
