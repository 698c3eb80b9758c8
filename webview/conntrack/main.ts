import type { SortKey } from "../../netfilter/observe/conntrack/sort.js";
import { element } from "../element.js";
import { type Column, Grid } from "../grid.js";
import { connectHost } from "../host.js";
import type {
  ConntrackList,
  EntryRow,
  FromConntrackView,
  GroupRow,
  ListStatus,
  ToConntrackView,
  ViewSpec,
} from "../protocol.js";
import { button, checkbox, dropdown, registerControls, textField } from "../toolkit.js";
import "./style.css";

const columns: readonly Column<EntryRow, SortKey>[] = [
  { title: "Protocol", text: ({ protocol }) => protocol, sort: "protocol", width: "70px" },
  { title: "State", text: ({ state }) => state, sort: "state", width: "110px" },
  { title: "Timeout", text: ({ timeout }) => timeout, sort: "timeout", width: "80px" },
  { title: "Original", text: ({ original }) => original, sort: "source", width: "minmax(320px, 2fr)" },
  { title: "Reply", text: ({ reply }) => reply, sort: "replyDestination", width: "minmax(320px, 2fr)" },
  { title: "Translation", text: ({ translation }) => translation, width: "minmax(160px, 2fr)" },
  {
    title: "Mark",
    text: ({ mark, markMeans }) => (markMeans ? `${mark}: ${markMeans}` : mark),
    sort: "mark",
    width: "minmax(90px, 1fr)",
  },
  { title: "Zone", text: ({ zone }) => zone, sort: "zone", width: "50px" },
  { title: "Packets", text: ({ packets }) => packets, sort: "packets", width: "70px" },
  { title: "Bytes", text: ({ bytes }) => bytes, sort: "bytes", width: "80px" },
  { title: "Flags", text: ({ flags }) => flags, width: "110px" },
];

const groupings: readonly (readonly [string, string])[] = [
  ["", "Every entry"],
  ["source", "By source"],
  ["destination", "By destination"],
  ["replySource", "By reply source"],
  ["replyDestination", "By reply destination"],
  ["destinationPort", "By destination port"],
  ["protocol", "By protocol"],
  ["state", "By state"],
  ["mark", "By mark"],
  ["zone", "By zone"],
];

const lists: readonly (readonly [ConntrackList, string])[] = [
  ["all", "Table"],
  ["unconfirmed", "Unconfirmed"],
  ["dying", "Dying"],
];

registerControls();
const host = connectHost<ToConntrackView, FromConntrackView>(hear);
let spec: ViewSpec = isSpec(host.kept) ? host.kept : { query: "" };
let edition = 0;
let asked = "";

const query = textField("Filter", "Filter: src:10.0.0.0/8 dport:443 state:ESTABLISHED mark:0x30/0xff", typed);
const list = dropdown("List", lists, (value) => host.say({ ask: "list", list: value as ConntrackList }));
const group = dropdown("Group", groupings, (value) =>
  show({ ...withoutGroup(spec), ...(value && { group: value as SortKey }) }),
);
const refresh = button("Refresh", () => host.say({ ask: "refresh" }));
const stop = button("Cancel", () => host.say({ ask: "cancel" }));
const live = checkbox("Live", (on) => host.say({ ask: "live", on }));
const copy = button("Copy", copyChosen);
const follow = button("Follow connection", followChosen);
const trace = button("Trace connection", traceChosen);
const save = button("Export CSV", () => host.say({ ask: "export" }));

const progress = element("progress", { "aria-label": "Reading entries" });
const standing = element("span", { class: "standing", role: "status" });
const trouble = element("div", { class: "trouble", role: "alert" });
const details = element("section", { class: "details", "aria-label": "Chosen entry", tabindex: "0" });
const groups = element("div", { class: "groups" });
const grid = new Grid(columns, {
  label: "Conntrack entries",
  look: ({ fresh }) => (fresh ? "fresh" : ""),
  need: (from, count) => need(from, count),
  sorted: (key) => show({ ...spec, sort: { key, descending: spec.sort?.key === key && !spec.sort.descending } }),
  chosen: (row) => {
    details.hidden = !row;
    if (row) host.say({ ask: "details", row: row.row });
  },
  opened: (row) => host.say({ ask: "details", row: row.row }),
});

(document.getElementById("root") as HTMLElement).append(
  element(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "Conntrack" },
    list,
    query,
    group,
    refresh,
    stop,
    live,
    copy,
    follow,
    trace,
    save,
  ),
  element("div", { class: "line" }, progress, standing),
  trouble,
  groups,
  grid.root,
  details,
);
details.hidden = true;
query.value = spec.query;
group.value = spec.group ?? "";
grid.sorted(spec.sort?.key, spec.sort?.descending ?? false);
document.addEventListener("keydown", shortcuts);
host.say({ ask: "view", spec });
host.say({ ask: "ready" });

function hear(message: ToConntrackView): void {
  if (message.say === "status") showStatus(message.status);
  else if (message.say === "rows" && message.edition === edition) grid.show(message.from, message.rows);
  else if (message.say === "groups") showGroups(message.groups);
  else if (message.say === "details") showDetails(message.lines);
  else if (message.say === "query") {
    query.value = message.query;
    show({ ...spec, query: message.query });
  }
}

function showStatus(status: ListStatus): void {
  edition = status.edition;
  asked = "";
  grid.root.hidden = spec.group !== undefined;
  groups.hidden = spec.group === undefined;
  progress.hidden = !status.loading;
  if (status.expected) {
    progress.max = Math.max(status.expected, status.count);
    progress.value = status.count;
  } else progress.removeAttribute("value");
  stop.toggleAttribute("disabled", !status.loading);
  refresh.toggleAttribute("disabled", status.loading);
  standing.textContent = sentence(status);
  const troubles = [status.failure?.message, ...status.queryErrors, ...status.warnings].filter(
    (text) => text !== undefined,
  );
  trouble.replaceChildren(...troubles.map((text) => element("p", {}, text)));
  grid.reset(status.shown);
}

/** `12 of 1,000,000 entries · 2.4 s · +120 −80 in 5 s`, or what an empty list means. */
function sentence({ loading, count, shown, expected, seconds, delta, failure, list: which }: ListStatus): string {
  if (failure && count === 0) return "No entries could be read.";
  if (!loading && count === 0) return emptySentence(which);
  const number = (value: number) => value.toLocaleString("en");
  const of = loading && expected ? ` of about ${number(expected)}` : "";
  const parts = [
    shown === count ? `${number(count)}${of} entries` : `${number(shown)} of ${number(count)} entries shown`,
    `${seconds.toFixed(1)} s`,
    delta && `+${number(delta.came)} −${number(delta.went)} in ${delta.seconds.toFixed(0)} s`,
  ];
  return parts.filter(Boolean).join(" · ");
}

function emptySentence(which: ConntrackList): string {
  if (which === "all") return "The table is empty: nothing is tracked, or no rule needs conntrack on this router.";
  return which === "dying"
    ? "No entry is dying right now."
    : "No entry waits for its confirmation right now: they do so only while a packet is on its way.";
}

function need(from: number, count: number): void {
  const question = `${edition} ${from} ${count}`;
  if (question === asked || count <= 0) return;
  asked = question;
  host.say({ ask: "rows", edition, from, count });
}

function show(next: ViewSpec): void {
  spec = next;
  host.keep(spec);
  grid.sorted(spec.sort?.key, spec.sort?.descending ?? false);
  host.say({ ask: "view", spec });
}

let typing: ReturnType<typeof setTimeout> | undefined;
function typed(text: string): void {
  clearTimeout(typing);
  typing = setTimeout(() => show({ ...spec, query: text }), 150);
}

function showGroups(found: readonly GroupRow[]): void {
  const most = found[0]?.count ?? 1;
  groups.replaceChildren(...found.map((one) => groupLine(one, most)));
}

function groupLine({ label, term, count, packets, bytes }: GroupRow, most: number): HTMLElement {
  const text = [
    count.toLocaleString("en"),
    packets && `${packets.toLocaleString("en")} packets`,
    bytes && `${bytes.toLocaleString("en")} bytes`,
  ];
  const bar = element("span", { class: "bar", "aria-hidden": "true" });
  bar.style.width = `${(100 * count) / most}%`;
  const line = element(
    "button",
    { type: "button", class: "group", title: term ? `Show ${term}` : label },
    bar,
    element("b", {}, label),
    element("span", {}, text.filter(Boolean).join(" · ")),
  );
  line.disabled = term === "";
  line.addEventListener("click", () => {
    query.value = `${spec.query} ${term}`.trim();
    group.value = "";
    show({ ...withoutGroup(spec), query: query.value });
  });
  return line;
}

function showDetails(lines: readonly (readonly [string, string])[]): void {
  details.replaceChildren(
    element("dl", {}, ...lines.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
  );
}

function followChosen(): void {
  if (grid.chosen) host.say({ ask: "follow", row: grid.chosen.row });
}

function traceChosen(): void {
  if (grid.chosen) host.say({ ask: "trace", row: grid.chosen.row });
}

function copyChosen(): void {
  if (grid.chosen) host.say({ ask: "copy", rows: [grid.chosen.row] });
}

function shortcuts(event: KeyboardEvent): void {
  if (!event.ctrlKey && !event.metaKey) return;
  if (event.key === "f") {
    event.preventDefault();
    query.focus();
  } else if (event.key === "c" && grid.root.contains(document.activeElement)) copyChosen();
}

function withoutGroup({ query: text, sort }: ViewSpec): ViewSpec {
  return { query: text, ...(sort && { sort }) };
}

function isSpec(kept: unknown): kept is ViewSpec {
  return typeof kept === "object" && kept !== null && typeof (kept as ViewSpec).query === "string";
}
