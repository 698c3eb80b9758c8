import { type Disposable, type WebviewPanel, workspace } from "vscode";
import type { FromPathView, ToPathView } from "../../webview/protocol.js";
import type { Router } from "../routers/router.js";
import type { InThread } from "../rulesets/inThread.js";
import { CountedWatch } from "./countedWatch.js";

type Wish = Extract<FromPathView, { ask: "count" }>["to"];

/** The watch of a router's counters in a panel; it rests while the panel is hidden, and keeps the router connected while it runs. */
export class PanelCounters implements Disposable {
  private readonly watch: CountedWatch;
  private readonly seeing: Disposable;
  private use: { dispose(): void } | undefined;

  constructor(
    private readonly router: Router,
    panel: WebviewPanel,
    inThread: InThread,
    say: (message: ToPathView) => void,
  ) {
    this.watch = new CountedWatch({
      ask: (command, signal) => router.run(command, { signal, timeoutMs: 60_000 }),
      chainsOf: (listing) => inThread("countedChains", listing),
      tell: (status) => say({ say: "counted", status }),
      pauseMs: () => Math.max(2, workspace.getConfiguration("hookscope").get("counters.interval", 5)) * 1000,
    });
    this.seeing = panel.onDidChangeViewState(() => this.watch.seen(panel.visible));
  }

  /** Does what the page asks. */
  does(wish: Wish): void {
    if (wish === "stop") this.release();
    else this.use ??= this.router.use();
    this.watch[wish]();
  }

  dispose(): void {
    this.seeing.dispose();
    this.watch.dispose();
    this.release();
  }

  private release(): void {
    this.use?.dispose();
    this.use = undefined;
  }
}
