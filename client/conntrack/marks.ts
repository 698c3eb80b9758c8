/** The part of an `ip rule` that tells what a mark is for. */
export interface MarkRule {
  readonly priority: number;
  readonly mark: number;
  readonly mask: number;
  /** What the rule does: `lookup vpn`. */
  readonly action: string;
}

/** Says what the first rule that a mark fulfils does with it; connection marks mean something only where rules restore them. */
export function decodeMarks(rules: readonly MarkRule[]): (mark: number) => string {
  const known = new Map<number, string>();
  const ordered = [...rules].sort((a, b) => a.priority - b.priority);
  return (mark) => {
    const already = known.get(mark);
    if (already !== undefined) return already;
    const rule = ordered.find((one) => (mark & one.mask) >>> 0 === one.mark >>> 0);
    const meaning = rule ? `${rule.action} (rule ${rule.priority})` : "";
    known.set(mark, meaning);
    return meaning;
  };
}
