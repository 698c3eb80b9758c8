import type { Disposable } from "./connection/state.js";
import type { Machine } from "./hosts/files.js";
import type { Host } from "./hosts/host.js";
import { resolveName, resolveSetting } from "./hosts/resolve.js";
import { type RouterSetting, readRouterSettings } from "./hosts/settings.js";
import { hostNames } from "./hosts/sshConfig.js";
import type { Surroundings } from "./person.js";
import { createRouter, type Router, type RouterOptions } from "./router.js";

/** A router that can be shown: known by a name, connected to only when it is used. */
export interface RouterEntry {
  readonly name: string;
  /** Where it is written down: our setting, ssh's configuration, or by this program, as the demo router is. */
  readonly origin: "settings" | "ssh" | "program";
}

/** What the world around the list of routers brings. */
export interface RoutersWorld extends Surroundings {
  readonly machine: Machine;
  /** The value of the setting `hookscope.routers` as it is now. */
  setting(): unknown;
}

/** All routers, one object for each whoever asks for it, so that all views share its connection. */
export interface Routers extends Disposable {
  /** Read anew at each call: those of the program, then of the settings, then of ssh's configuration; each name once. */
  entries(): readonly RouterEntry[];
  /** What is wrong with the setting, in sentences for a person. */
  mistakes(): readonly string[];
  /** The router of this name; one that is written down nowhere counts as a host name. */
  get(name: string): Router;
  /** Adds a router that only this program knows, until what it returns is disposed of, which also disconnects it. */
  add(host: Host): Disposable;
}

/** Makes the list; nothing is read or connected to before it is asked. */
export function createRouters(world: RoutersWorld, options: RouterOptions = {}): Routers {
  const made = new Map<string, Router>();
  const added = new Map<string, Host>();
  const settings = () => readRouterSettings(world.setting());
  const drop = (name: string) => {
    made.get(name)?.dispose();
    made.delete(name);
  };
  return {
    entries: () => entriesOf([...added.keys()], settings().routers, hostNames(world.machine)),
    mistakes: () => settings().mistakes,
    get: (name) => {
      const router = made.get(name) ?? createRouter(name, () => resolved(world, added, name), world, options);
      made.set(name, router);
      return router;
    },
    add: (host) => {
      drop(host.name);
      added.set(host.name, host);
      return {
        dispose: () => {
          if (added.get(host.name) === host && added.delete(host.name)) drop(host.name);
        },
      };
    },
    dispose: () => {
      for (const name of [...made.keys()]) drop(name);
    },
  };
}

function resolved(world: RoutersWorld, added: ReadonlyMap<string, Host>, name: string): Host {
  const known = added.get(name);
  if (known) return known;
  const setting = readRouterSettings(world.setting()).routers.find((router) => router.name === name);
  return setting ? resolveSetting(world.machine, setting) : resolveName(world.machine, name);
}

function entriesOf(
  program: readonly string[],
  settings: readonly RouterSetting[],
  ssh: readonly string[],
): readonly RouterEntry[] {
  const entries = new Map<string, RouterEntry>();
  const put = (names: readonly string[], origin: RouterEntry["origin"]) => {
    for (const name of names) if (!entries.has(name)) entries.set(name, { name, origin });
  };
  put(program, "program");
  put(
    settings.map(({ name }) => name),
    "settings",
  );
  put(ssh, "ssh");
  return [...entries.values()];
}
