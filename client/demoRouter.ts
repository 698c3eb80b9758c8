import { type Disposable, type LogOutputChannel, window } from "vscode";
import { readRecording } from "./demo/recording.js";
import { startDemo } from "./demo/server.js";
import type { RouterList } from "./routerList.js";

/** The demo router's name in the sidebar. */
const demoName = "demo-router";

/** A server on this machine that answers as a real router once did: for looking at Hookscope without owning one. */
export class Demo implements Disposable {
  private running: Promise<() => Promise<void>> | undefined;

  constructor(
    private readonly folder: string,
    private readonly list: RouterList,
    private readonly log: LogOutputChannel,
  ) {}

  /** Starts it, if it does not run yet, and lists it among the routers. */
  async start(): Promise<void> {
    this.running ??= this.listed();
    try {
      await this.running;
    } catch (error) {
      this.running = undefined;
      const message = `The demo router did not start: ${(error as Error).message}`;
      this.log.error(message);
      void window.showErrorMessage(message);
    }
  }

  /** Ends it and takes it from the list. */
  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    await (await running)?.();
  }

  dispose(): void {
    void this.stop();
  }

  private async listed(): Promise<() => Promise<void>> {
    const demo = await startDemo(demoName, await readRecording(this.folder));
    const entry = this.list.add(demo.host);
    return async () => {
      entry.dispose();
      await demo.stop();
    };
  }
}
