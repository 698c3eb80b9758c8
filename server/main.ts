import { isMainThread } from "node:worker_threads";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { servePacketTests } from "./packetTests/thread.js";
import { startSession } from "./session.js";

// One script for the server and for the extension's thread that runs packet tests: what both know of netfilter is packed once.
// How to talk (--node-ipc, --stdio, --socket) stands among the arguments, where the library reads it.
if (isMainThread) startSession(createConnection(ProposedFeatures.all));
else servePacketTests();
