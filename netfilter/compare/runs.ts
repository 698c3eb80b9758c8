/**
 * The parts of a rule's key in order: conditions between two deeds may stand in any order and more than once, deeds stay where
 * they are.
 */
export class Runs {
  private readonly done: string[] = [];
  private run = new Set<string>();
  certain = true;

  ask(key: string): void {
    this.run.add(key);
  }

  act(key: string): void {
    this.close();
    this.done.push(key);
  }

  key(): string {
    this.close();
    return this.done.join(" ; ");
  }

  private close(): void {
    for (const [part, whole] of implied) if (this.run.has(whole) && this.run.size > 1) this.run.delete(part);
    if ([...this.run].some((key) => key.startsWith("ether "))) this.run.delete("meta iiftype == 1-1");
    if (this.run.size > 0) this.done.push([...this.run].sort().join(" & "));
    this.run = new Set();
  }
}

/** Questions that a listing leaves out where another is asked: ICMP by its version of IP. */
const implied: readonly (readonly [part: string, whole: string])[] = [
  ["meta nfproto == 2-2", "meta l4proto == 1-1"],
  ["meta nfproto == 10-10", "meta l4proto == 58-58"],
];
