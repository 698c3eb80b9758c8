import { window, workspace } from "vscode";
import { traceEffects } from "../../netfilter/observe/trace/liveEffects.js";
import type { TraceLimits, TracePattern } from "../../netfilter/observe/trace/livePattern.js";

/** Tells the person what a live trace does on the router, and whether they want it; says so where a setting forbids it. */
export async function askToTrace(router: string, pattern: TracePattern, limits: TraceLimits): Promise<boolean> {
  if (workspace.getConfiguration("hookscope.trace").get("allow") === "never") {
    void window.showInformationMessage(
      `No packets are traced on ${router}: the setting hookscope.trace.allow is "never".`,
    );
    return false;
  }
  const trace = `Trace for ${limits.seconds} s`;
  const question = `Trace packets on ${router}? Nothing of it stays.`;
  const detail = traceEffects(pattern, limits).join("\n\n");
  return (await window.showWarningMessage(question, { modal: true, detail }, trace)) === trace;
}
