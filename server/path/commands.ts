// What follows packets, in one piece: these commands share nearly all of their code.
export { pathCommand } from "./command.js";
export { testCommand } from "./testCommand.js";
export { traceCommand } from "./traceCommand.js";
