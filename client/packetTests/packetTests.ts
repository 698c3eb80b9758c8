import { commands, type Disposable, type LogOutputChannel } from "vscode";
import { PacketTestExplorer } from "./explorer.js";
import { newPacketTest } from "./newTest.js";

/** All that the editor has of packet tests: the test view and the command that makes a first one. `script` is the bundled server. */
export function packetTests(script: string, log: LogOutputChannel): Disposable[] {
  return [
    new PacketTestExplorer(script, log),
    commands.registerCommand("hookscope.newPacketTest", (rules: unknown) => newPacketTest(script, rules)),
  ];
}
