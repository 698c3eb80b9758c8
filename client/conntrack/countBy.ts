import type { Outcome } from "../../netfilter/observe/command.js";
import type { GroupRow } from "../../webview/protocol.js";
import { type ConntrackSource, Listing } from "./listing.js";
import { TableThread } from "./tableThread.js";

/** Reads the whole table once, in a thread that lives so long, and counts its entries by a column. */
export async function countBy(
  source: ConntrackSource,
  script: string,
  by: "protocol" | "state" | "mark",
): Promise<Outcome<readonly GroupRow[]>> {
  const table = new TableThread(script);
  let answer: Outcome<readonly GroupRow[]> = { ok: true, value: [], warnings: [] };
  const listing = new Listing(source, table, ({ failure, warnings, count }, groups) => {
    if (failure && count === 0) answer = { ok: false, failure };
    else if (groups) answer = { ok: true, value: groups, warnings };
  });
  try {
    await listing.show({ query: "", group: by });
    await listing.read(false);
    return answer;
  } finally {
    listing.dispose();
    table.dispose();
  }
}
