import { createRouter } from "../../client/routers/router.js";
import { startLiveTrace } from "../../client/tracing/liveTrace.js";
import { usualTraceLimits } from "../../netfilter/observe/trace/livePattern.js";
import { testPerson } from "./fixture.js";

/**
 * Stands for the extension host: a process of its own that traces UDP on the router of its first argument, a host as JSON, and
 * prints a line for each thing that happens.
 */
const host = JSON.parse(process.argv[2] ?? "");
const router = createRouter(host.name, () => host, testPerson(), { lingerMs: 0 });
const print = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
const pattern = { protocol: 17, replies: false };
const trace = startLiveTrace(
  router,
  pattern,
  { ...usualTraceLimits, seconds: 300 },
  {
    items: (items) => print({ items: items.length }),
    note: (note) => print({ note }),
    state: (state) => print({ state }),
  },
);
trace.ended.then((end) => {
  print({ end });
  router.dispose();
});
