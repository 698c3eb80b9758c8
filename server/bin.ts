import module from "node:module";
import { setFlagsFromString } from "node:v8";

// What is read of a file stays until the end, so that the usual small steps of the young generation only copy it about.
setFlagsFromString("--max-semi-space-size=64 --semi-space-growth-factor=64");
// Compiling takes longer than checking a small file. Node.js 20 has no cache for it.
module.enableCompileCache?.();

// A file of its own, for what starts is compiled before a cache can be asked.
require("./hookscope.cjs");
