import { interfaceSysctls, type Sysctl, sysctls } from "../../../netfilter/observe/kernel/sysctls.js";
import { type Ask, type Item, listed } from "../item.js";

/** The kernel's settings that decide about packets: the remarkable ones first to be seen. */
export async function kernelSettings(ask: Ask): Promise<readonly Item[]> {
  const none = "None of the settings that matter here is there: the kernel has no netfilter, or /proc is hidden.";
  const own = await listed(ask, sysctls, (found) => found.map(sysctlItem), none);
  const perInterface: Item = {
    id: "interfaces",
    label: "Of the interfaces",
    icon: "plug",
    children: () => listed(ask, interfaceSysctls, byInterface, "No interface has settings of its own."),
  };
  return [...own, perInterface];
}

function byInterface(found: readonly Sysctl[]): readonly Item[] {
  const names = [...new Set(found.map((one) => one.interface ?? ""))];
  return names.map((name) => {
    const own = found.filter((one) => one.interface === name);
    const remarkable = own.filter(({ remark, changed }) => remark !== undefined || changed);
    return {
      id: name,
      label: name,
      description: remarkable.map((one) => `${lastPart(one.name)}=${one.value}`).join("  "),
      icon: "plug",
      children: own.map(sysctlItem),
    };
  });
}

function sysctlItem({ name, value, fact, changed, remark }: Sysctl): Item {
  const usual = fact.usual === undefined ? [] : [`The kernel's default is ${fact.usual}.`];
  return {
    id: name,
    label: shortName(name),
    description: value,
    tooltip: [name, fact.doc, ...usual, ...(remark ? [remark] : [])],
    icon: remark ? "info" : changed ? "circle-filled" : "circle-outline",
    ...(remark ? { tone: "warning" as const } : changed ? {} : { tone: "quiet" as const }),
  };
}

/** Without what stands in front of every one: `nf_conntrack_max`, `ipv4.ip_forward`. */
function shortName(name: string): string {
  return name.replace(/^net\.(netfilter\.)?/, "");
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
