import { type Disposable, EventEmitter, type LogOutputChannel, workspace } from "vscode";
import { thisMachine } from "./routers/hosts/files.js";
import type { Host } from "./routers/hosts/host.js";
import type { Surroundings } from "./routers/person.js";
import type { Router } from "./routers/router.js";
import { createRouters, type RouterEntry, type Routers } from "./routers/routers.js";

/** A router that the person may connect to. */
export interface KnownRouter {
  readonly router: Router;
  readonly origin: RouterEntry["origin"];
}

/** The routers as the editor shows them. Empty in a workspace that is not trusted: nothing is connected to from there. */
export class RouterList implements Disposable {
  private readonly changed = new EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly routers: Routers;
  private readonly listeners: Disposable[];
  /** What was listed, and what was wrong with the setting, when it was last told. */
  private told = "";

  constructor(
    surroundings: Surroundings,
    private readonly log: LogOutputChannel,
  ) {
    const setting = () => workspace.getConfiguration("hookscope").get("routers");
    this.routers = createRouters({ ...surroundings, machine: thisMachine, setting });
    this.listeners = [
      // Whatever the event names: a window of a remote machine reads the settings anew when it learns the scopes of an
      // extension's settings, and does not name those that come or go with that.
      workspace.onDidChangeConfiguration(() => this.lookAgain()),
      workspace.onDidGrantWorkspaceTrust(() => this.lookAgain()),
    ];
    this.note();
  }

  all(): readonly KnownRouter[] {
    return this.listed().map(({ name, origin }) => ({ router: this.routers.get(name), origin }));
  }

  find(name: string): Router | undefined {
    return this.all().find(({ router }) => router.name === name)?.router;
  }

  /** Lists a router that only this program knows, until what comes back is disposed of. */
  add(host: Host): Disposable {
    const added = this.routers.add(host);
    this.tell();
    return {
      dispose: () => {
        added.dispose();
        this.tell();
      },
    };
  }

  /** Settings or ssh's configuration may have changed: reads them again, and tells it if other routers are listed now. */
  lookAgain(): void {
    if (this.note()) this.changed.fire();
  }

  private tell(): void {
    this.note();
    this.changed.fire();
  }

  /** Whether anything is new since it was last noted; mistakes that are, are told. */
  private note(): boolean {
    const mistakes = this.routers.mistakes();
    const now = JSON.stringify([this.listed(), mistakes]);
    if (now === this.told) return false;
    this.told = now;
    for (const mistake of mistakes) this.log.warn(mistake);
    return true;
  }

  private listed(): readonly RouterEntry[] {
    if (!workspace.isTrusted) return [];
    const withSsh = workspace.getConfiguration("hookscope").get<boolean>("sshConfigHosts", true);
    return this.entries().filter(({ origin }) => withSsh || origin !== "ssh");
  }

  private entries(): readonly RouterEntry[] {
    try {
      return this.routers.entries();
    } catch (error) {
      this.log.warn(`The configuration of ssh could not be read: ${(error as Error).message}`);
      return [];
    }
  }

  dispose(): void {
    for (const listener of this.listeners) listener.dispose();
    this.routers.dispose();
    this.changed.dispose();
  }
}
