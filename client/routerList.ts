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

  constructor(
    surroundings: Surroundings,
    private readonly log: LogOutputChannel,
  ) {
    const setting = () => workspace.getConfiguration("hookscope").get("routers");
    this.routers = createRouters({ ...surroundings, machine: thisMachine, setting });
    this.listeners = [
      workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("hookscope") && this.reload()),
      workspace.onDidGrantWorkspaceTrust(() => this.reload()),
    ];
    this.tellMistakes();
  }

  all(): readonly KnownRouter[] {
    if (!workspace.isTrusted) return [];
    const withSsh = workspace.getConfiguration("hookscope").get<boolean>("sshConfigHosts", true);
    const entries = this.entries().filter(({ origin }) => withSsh || origin !== "ssh");
    return entries.map(({ name, origin }) => ({ router: this.routers.get(name), origin }));
  }

  find(name: string): Router | undefined {
    return this.all().find(({ router }) => router.name === name)?.router;
  }

  /** Lists a router that only this program knows, until what comes back is disposed of. */
  add(host: Host): Disposable {
    const added = this.routers.add(host);
    this.changed.fire();
    return {
      dispose: () => {
        added.dispose();
        this.changed.fire();
      },
    };
  }

  /** Settings or ssh_config may have changed. */
  reload(): void {
    this.tellMistakes();
    this.changed.fire();
  }

  private entries(): readonly RouterEntry[] {
    try {
      return this.routers.entries();
    } catch (error) {
      this.log.warn(`The configuration of ssh could not be read: ${(error as Error).message}`);
      return [];
    }
  }

  private tellMistakes(): void {
    for (const mistake of this.routers.mistakes()) this.log.warn(mistake);
  }

  dispose(): void {
    for (const listener of this.listeners) listener.dispose();
    this.routers.dispose();
    this.changed.dispose();
  }
}
