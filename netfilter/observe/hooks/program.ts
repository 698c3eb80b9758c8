/**
 * The programs that bpftrace runs to read the kernel's hook lists. They know structures by BTF alone, so they need neither headers
 * nor symbols; BEGIN runs inside bpftrace, whose network namespace is the router's. What is odd in them has a reason: bpftrace 0.17
 * wants a cast before every pointer and forgets struct types in maps, 0.23 takes only literal indices, and the kernel's verifier
 * gives up on long loops.
 *
 * A hook's list is a count, that many pairs of function and argument, and then as many pointers to `nf_hook_ops`.
 */
const longest = 24;

interface List {
  readonly family: number;
  readonly field: string;
  readonly hooks: number;
}

const lists: readonly List[] = [
  { family: 2, field: "hooks_ipv4", hooks: 5 },
  { family: 10, field: "hooks_ipv6", hooks: 5 },
  { family: 3, field: "hooks_arp", hooks: 3 },
  { family: 7, field: "hooks_bridge", hooks: 5 },
];

/** Prints `HOOK FAMILY NUMBER PLACE PRIORITY FUNCTION` for each callback, and `MORE` where there are too many. */
export function hooksProgram(): string {
  const points = lists.flatMap(({ family, field, hooks }) =>
    Array.from({ length: hooks }, (_, hook) => ({ family, field, hook })),
  );
  const filled = points.map(
    ({ family, field, hook }, index) =>
      `@list[(uint64)${index}] = (uint64)$net->nf.${field}[${hook}]; @where[(uint64)${index}] = (uint64)${family * 8 + hook};`,
  );
  return program([
    ...filled,
    "$point = (uint64)0;",
    `while ($point < ${points.length}) {`,
    "  $list = @list[$point]; $where = @where[$point];",
    ...count,
    ...callbacks(
      longest,
      'printf("HOOK %d %d %d %d %s\\n", $where / 8, $where % 8, $place, $ops->priority, ksym($ops->hook));',
    ),
    `  if ($count > ${longest}) { printf("MORE %d %d\\n", $where / 8, $where % 8); }`,
    "  $point++;",
    "}",
    "clear(@list); clear(@where);",
  ]);
}

/** Prints `HOOK 5 0|1 PLACE PRIORITY FUNCTION dev INDEX NAME` for ingress (0) and egress (1) of up to 64 devices. */
export function deviceHooksProgram(): string {
  return program([
    "// The first device of a namespace is the loopback one: that gives the offset of the list within a device.",
    "$offset = (uint64)$net->dev_base_head.next - (uint64)$net->loopback_dev;",
    "$end = (uint64)$net->loopback_dev->dev_list.prev;",
    "$at = (uint64)$net->dev_base_head.next;",
    "$devices = 0;",
    "while ($devices < 64 && $at != $end) {",
    "  $device = (struct net_device *)($at - $offset);",
    "  $way = (uint64)0;",
    "  while ($way < 2) {",
    "    $list = (uint64)$device->nf_hooks_ingress;",
    "    if ($way == 1) { $list = (uint64)$device->nf_hooks_egress; }",
    ...count,
    ...callbacks(
      6,
      'printf("HOOK 5 %d %d %d %s dev %d %s\\n", $way, $place, $ops->priority, ksym($ops->hook), $device->ifindex, $device->name);',
    ),
    "    $way++;",
    "  }",
    "  $at = (uint64)$device->dev_list.next;",
    "  $devices++;",
    "}",
  ]);
}

const count = [
  "  $count = (uint64)0;",
  "  if ($list != 0) { $count = (uint64)((struct nf_hook_entries *)$list)->num_hook_entries; }",
];

function callbacks(most: number, print: string): string[] {
  return [
    "  $place = (uint64)0;",
    `  while ($place < $count && $place < ${most}) {`,
    "    $ops = (struct nf_hook_ops *)(*(uint64 *)kptr($list + 8 + 16 * $count + 8 * $place));",
    `    ${print}`,
    "    $place++;",
    "  }",
  ];
}

function program(body: readonly string[]): string {
  const head = [
    "BEGIN {",
    "$net = ((struct task_struct *)curtask)->nsproxy->net_ns;",
    'printf("NETNS %u\\n", $net->ns.inum);',
  ];
  return [...head, ...body, "exit();", "}"].join("\n");
}
