interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The extension host as a view sees it: messages there and back, and a state that outlives the view being hidden. */
export function connectHost<To, From>(
  hear: (message: To) => void,
): { say(message: From): void; keep(state: unknown): void; kept: unknown } {
  const api = acquireVsCodeApi();
  window.addEventListener("message", ({ data }) => hear(data as To));
  return {
    say: (message) => api.postMessage(message),
    keep: (state) => api.setState(state),
    kept: api.getState(),
  };
}
