import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { startSession } from "./session.js";

// How to talk (--node-ipc, --stdio, --socket) stands among the arguments, where the library reads it.
startSession(createConnection(ProposedFeatures.all));
