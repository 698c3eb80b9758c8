import type { ToPathView } from "../../webview/protocol.js";
import type { InThread } from "../rulesets/inThread.js";
import type { Rules } from "./calls.js";

/** Tells a view where all rules stand, as often as they change. */
export class ToldLines {
  private texts: readonly string[] | undefined;

  constructor(
    private readonly inThread: InThread,
    private readonly say: (message: ToPathView) => void,
  ) {}

  async tell(rules: Rules): Promise<void> {
    const texts = rules.documents.map(({ text }) => text);
    const { texts: before } = this;
    if (before?.length === texts.length && texts.every((text, index) => text === before[index])) return;
    this.texts = texts;
    const answer = await this.inThread("ruleLines", { rules });
    if ("value" in answer) this.say({ say: "chains", chains: answer.value });
  }
}
