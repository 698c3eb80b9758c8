import { FileType, Uri, workspace } from "vscode";
import { detectLanguage, type Language } from "../../netfilter/language.js";
import { placeOf, routerScheme, rulesetUri, stateFile } from "../rulesets/documents.js";
import { rulesetFile, rulesetFiles } from "../rulesets/files.js";
import { keepingPlace } from "../rulesets/keepingPlace.js";
import type { RulesDocument } from "./calls.js";
import type { StateText } from "./given.js";
import type { PlayedRules, RulesInPlay, Shelf } from "./rulesInPlay.js";

/** How steps name the document: a path, or the whole address of what is no file. */
export function addressOf(uri: Uri): string {
  return uri.scheme === "file" ? uri.fsPath : uri.toString();
}

/** The document that steps name so: the opposite of `addressOf`. */
export function uriOf(address: string): Uri {
  // A drive of Windows has one letter.
  return /^[a-z][\w+.-]+:/i.test(address) ? Uri.parse(address) : Uri.file(address);
}

/** Whether rules are a router's own, as its tools list them. */
export function isLive({ scheme }: Uri): boolean {
  return scheme === routerScheme;
}

/** Whose rules they are: the router's name, the file's path in the workspace. */
export function ownerOf(address: string): string {
  const uri = uriOf(address);
  return isLive(uri) ? placeOf(uri).router : workspace.asRelativePath(uri);
}

/** A sentence about where rules come from, and what is known of the machine. */
export function aboutRules({ address }: RulesInPlay, { rules: { state }, stateAt }: PlayedRules): string {
  const owner = ownerOf(address);
  if (!state)
    return `${owner}. Nothing is known of the router's addresses and routes: a file ${stateNames(address)[0]} beside it would tell.`;
  const at = stateAt === undefined ? "" : `, read at ${new Date(stateAt).toLocaleTimeString()}`;
  return `${owner}, with the router's state from ${state.file}${at}.`;
}

/** The editor's documents: files as they stand there, saved or not, and routers' listings. */
export const editorShelf: Shelf = {
  listings: (address) => {
    const uri = uriOf(address);
    if (!isLive(uri)) return undefined;
    return rulesetFiles.map(({ name }) => addressOf(rulesetUri(placeOf(uri).router, name)));
  },
  twin: twinOf,
  read: (address, anew) => (isLive(uriOf(address)) ? readListing(uriOf(address), anew) : readDocument(uriOf(address))),
  readAt: async (address) => (await workspace.fs.stat(uriOf(address))).mtime,
  state: (address) => (isLive(uriOf(address)) ? stateOfRouter(uriOf(address)) : stateBeside(uriOf(address))),
  titleOf: (address) => rulesetOf(uriOf(address))?.title ?? workspace.asRelativePath(uriOf(address)),
};

function rulesetOf(uri: Uri) {
  return isLive(uri) ? rulesetFile(placeOf(uri).file) : undefined;
}

async function readDocument(uri: Uri): Promise<RulesDocument> {
  const document = await workspace.openTextDocument(uri);
  const text = document.getText();
  const language = languageOf(uri, text, document.languageId);
  return { name: addressOf(uri), text, language, onDisk: uri.scheme === "file" };
}

function languageOf({ path }: Uri, text: string, chosen: string): Language {
  const found = detectLanguage(path, text);
  if (chosen === "nftables" || (chosen !== "iptables" && found === "nftables")) return "nftables";
  return found === "ip6tables" ? "ip6tables" : "iptables";
}

async function readListing(uri: Uri, anew: boolean): Promise<RulesDocument> {
  const { language = "nftables", isOld = false } = rulesetOf(uri) ?? {};
  const read = () => workspace.fs.readFile(anew ? uri.with({ query: "now" }) : uri);
  try {
    const bytes = anew ? await keepingPlace(uri, async () => read()) : await read();
    const text = new TextDecoder().decode(bytes);
    return { name: addressOf(uri), text, language, onDisk: false, listed: true, ...(isOld && { isOld }) };
  } catch (error) {
    throw new Error(reasonOf(error as Error));
  }
}

/** The editor puts the name of the error around what it says. */
function reasonOf({ message }: Error): string {
  return /FileSystemError\): (?:Error: )?(.*?)\)?$/s.exec(message)?.[1] ?? message;
}

async function stateOfRouter(uri: Uri): Promise<StateText> {
  const { router } = placeOf(uri);
  const text = new TextDecoder().decode(await workspace.fs.readFile(rulesetUri(router, stateFile)));
  return { file: `${router} itself`, text };
}

/** `rules.state.json` for `rules.v4`; or whichever one is the only in the folder. */
async function stateBeside(uri: Uri): Promise<StateText | undefined> {
  if (uri.scheme !== "file") return undefined;
  const folder = Uri.joinPath(uri, "..");
  const states = (await filesIn(folder)).filter((name) => name.endsWith(".state.json"));
  const usual = stateNames(addressOf(uri)).find((name) => states.includes(name));
  const found = usual ?? (states.length === 1 ? states[0] : undefined);
  if (found === undefined) return undefined;
  const document = await workspace.openTextDocument(Uri.joinPath(folder, found));
  return { file: found, text: document.getText() };
}

function stateNames(address: string): string[] {
  const name = nameIn(uriOf(address).path);
  return [`${name.replace(/\.[^.]+$/, "")}.state.json`, `${name}.state.json`];
}

async function twinOf(address: string): Promise<string | undefined> {
  const uri = uriOf(address);
  if (uri.scheme !== "file") return undefined;
  const name = nameIn(uri.path);
  const other = twins.map(([one, two]) => name.replace(one, two)).find((twin) => twin !== name);
  const folder = Uri.joinPath(uri, "..");
  const isThere = other !== undefined && (await filesIn(folder)).includes(other);
  return isThere ? addressOf(Uri.joinPath(folder, other)) : undefined;
}

/** Pairs that are loaded together, of which no packet meets both. */
const twins: readonly (readonly [RegExp, string])[] = [
  [/\.v4$/, ".v6"],
  [/\.v6$/, ".v4"],
  [/^iptables(?=$|\.)/, "ip6tables"],
  [/^ip6tables(?=$|\.)/, "iptables"],
];

async function filesIn(folder: Uri): Promise<string[]> {
  const entries = await workspace.fs.readDirectory(folder);
  return entries.flatMap(([name, type]) => (type === FileType.Directory ? [] : [name]));
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
