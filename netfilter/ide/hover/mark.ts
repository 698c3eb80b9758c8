import type { Condition, MarkAction } from "../../model/ruleset.js";

/** A 32-bit number as one writes marks and as the kernel sees them: hexadecimal, decimal and its bits. */
export function describeMark(value: bigint): string {
  return `\`${hex(value)}\` = ${value} · ${value === 0n ? "no bit" : bitList(value)} set`;
}

/** Which bits a rule asks about, and what they must be. */
export function describeMarkCondition({ mask = allBits, op, values }: Condition): string | undefined {
  const looked = `Compares ${mask === allBits ? "all 32 bits" : `${bitList(mask)} (mask \`${hex(mask)}\`)`}`;
  if (values.kind !== "ranges" || values.ranges.length !== 1) return `${looked}.`;
  const [{ from, to }] = values.ranges as [{ from: bigint; to: bigint }];
  if (op === "set" || op === "unset") return `${looked}: ${op === "set" ? "at least one" : "none"} of them is set.`;
  if (from !== to) return `${looked}: from \`${hex(from)}\` to \`${hex(to)}\`.`;
  if ((from & ~mask) !== 0n) {
    const outside = bitList(from & ~mask);
    return `${looked}, but the value has ${outside} set, which the mask hides: it ${op === "==" ? "never matches" : "always matches"}.`;
  }
  const wanted = mask === allBits ? `equal to \`${hex(from)}\`` : states(mask & from, "set", mask & ~from, "clear");
  return op === "==" ? `${looked}: ${wanted}.` : `${looked}: anything but ${wanted}.`;
}

/** What each bit of the mark becomes. */
export function describeMarkAction({ target, clear, value }: MarkAction): string | undefined {
  if (value === "opaque") return undefined;
  const name = target === "packet" ? "packet's mark" : "connection's mark";
  const cleared = BigInt(clear >>> 0);
  if ("from" in value) {
    const other = value.from === "packet" ? "packet's mark" : "connection's mark";
    const mask = BigInt(value.mask >>> 0);
    const part = mask === allBits ? `the ${other}` : `${bitList(mask)} of the ${other}`;
    const kept = cleared === allBits ? "" : `, of which ${bitList(allBits & ~cleared)} stay`;
    return `Writes ${part} into the ${name}${kept}.`;
  }
  const constant = BigInt(value.constant >>> 0);
  if (cleared === allBits) return `The ${name} becomes \`${hex(constant)}\`, whatever it was.`;
  const changes = [
    change("sets", constant & cleared),
    change("clears", cleared & ~constant),
    change("flips", constant & ~cleared),
  ].filter(Boolean);
  if (changes.length === 0) return `Leaves the ${name} as it is.`;
  return `In the ${name} it ${changes.join(", ")}; the other bits stay.`;
}

const allBits = 0xffff_ffffn;

function change(verb: string, bits: bigint): string {
  return bits === 0n ? "" : `${verb} ${bitList(bits)}`;
}

function states(one: bigint, oneName: string, zero: bigint, zeroName: string): string {
  const parts = [one && `${bitList(one)} ${oneName}`, zero && `${bitList(zero)} ${zeroName}`];
  return parts.filter(Boolean).join(", ");
}

/** `bit 3`, `bits 0, 4–7`, counted from the least significant. */
function bitList(value: bigint): string {
  const runs: string[] = [];
  let count = 0;
  for (let bit = 0; value >> BigInt(bit) > 0n; bit++) {
    if (!isSet(value, bit)) continue;
    const first = bit;
    while (isSet(value, bit + 1)) bit++;
    runs.push(first === bit ? `${first}` : `${first}–${bit}`);
    count += bit - first + 1;
  }
  return `${count === 1 ? "bit" : "bits"} ${runs.join(", ")}`;
}

function isSet(value: bigint, bit: number): boolean {
  return ((value >> BigInt(bit)) & 1n) === 1n;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
