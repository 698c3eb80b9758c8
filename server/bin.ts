import module from "node:module";

// Compiling takes longer than checking a small file. Node.js 20 has no cache for it.
module.enableCompileCache?.();

// A file of its own, for what starts is compiled before a cache can be asked.
require("./hookscope.cjs");
