import type { ConnectionState } from "../routers/connection/state.js";
import type { Item } from "./item.js";

/** How a router's line shows its connection. */
export function standingOf(
  state: ConnectionState,
): Pick<Item, "description" | "icon" | "tone"> & { readonly tooltip: readonly string[] } {
  switch (state.is) {
    case "disconnected":
      return {
        description: "",
        icon: "circle-outline",
        tone: "quiet",
        tooltip: ["Not connected. Open it to connect."],
      };
    case "connecting":
      return { description: state.step, icon: "loading~spin", tooltip: [`Connecting: ${state.step}.`] };
    case "connected":
      return { description: "connected", icon: "pass-filled", tone: "good", tooltip: ["Connected."] };
    case "waiting": {
      const seconds = Math.ceil(state.delayMs / 1000);
      const { message, advice } = state.trouble;
      return { description: `lost, again in ${seconds} s`, icon: "sync", tone: "warning", tooltip: [message, advice] };
    }
    case "failed": {
      const { message, advice } = state.trouble;
      return { description: message, icon: "error", tone: "error", tooltip: [message, advice] };
    }
  }
}

/** What stands below a router that is not connected; nothing when its sections are to be shown. */
export function belowUnconnected(state: ConnectionState): readonly Item[] | undefined {
  if (state.is === "connected") return undefined;
  if (state.is === "connecting") return [{ id: "connecting", label: `${state.step} …`, icon: "loading~spin" }];
  if (state.is === "disconnected")
    return [{ id: "connect", label: "Connect", icon: "plug", opens: { what: "connect" } }];
  const { message, advice } = state.trouble;
  return [
    { id: "trouble", label: message, tooltip: [message, advice], icon: "error", tone: "error" },
    { id: "advice", label: advice, tooltip: [advice], icon: "info" },
    { id: "connect", label: "Try again now", icon: "refresh", opens: { what: "connect" } },
    { id: "log", label: "Show the log", icon: "output", opens: { what: "log" } },
  ];
}
