import { FileType, type TextDocument, Uri, workspace } from "vscode";
import { detectLanguage, type Language } from "../../netfilter/language.js";
import { placeOf, routerScheme, rulesetUri, stateFile } from "../rulesets/documents.js";
import type { Rules } from "./calls.js";

/** A rules document as the thread takes it, with a sentence about where everything comes from. */
export interface Rulesets {
  readonly rules: Rules;
  readonly about: string;
}

/** How steps name the document: a path, or the whole address of what is no file. */
export function addressOf(uri: Uri): string {
  return uri.scheme === "file" ? uri.fsPath : uri.toString();
}

/** The rules as they stand in the editor, saved or not, with the state file beside them. */
export async function rulesAt(uri: Uri): Promise<Rulesets> {
  const document = await workspace.openTextDocument(uri);
  const state = await stateBeside(uri);
  const name = workspace.asRelativePath(uri);
  const about = state
    ? `${name}, with the router's state from ${state.file}.`
    : `${name}. Nothing is known of the router's addresses and routes: a file ${stateNames(uri)[0]} beside it would tell.`;
  const rules: Rules = {
    name: addressOf(uri),
    text: document.getText(),
    language: languageOf(document),
    onDisk: uri.scheme === "file",
    ...(state && { state }),
  };
  return { rules, about };
}

function languageOf(document: TextDocument): Language {
  if (document.languageId === "nftables") return "nftables";
  return detectLanguage(document.uri.path, document.getText()) === "ip6tables" ? "ip6tables" : "iptables";
}

/** `rules.state.json` for `rules.v4`; or whichever one is the only in the folder. */
async function stateBeside(uri: Uri): Promise<Rules["state"]> {
  if (uri.scheme === routerScheme) return liveStateOf(uri);
  if (uri.scheme !== "file") return undefined;
  const folder = Uri.joinPath(uri, "..");
  const entries = await workspace.fs.readDirectory(folder);
  const states = entries
    .filter(([name, type]) => type !== FileType.Directory && name.endsWith(".state.json"))
    .map(([name]) => name);
  const found = stateNames(uri).find((name) => states.includes(name)) ?? (states.length === 1 ? states[0] : undefined);
  if (found === undefined) return undefined;
  const document = await workspace.openTextDocument(Uri.joinPath(folder, found));
  return { file: found, text: document.getText() };
}

/** A live ruleset is followed with what its router says of itself now. */
async function liveStateOf(uri: Uri): Promise<Rules["state"]> {
  const { router } = placeOf(uri);
  const text = new TextDecoder().decode(await workspace.fs.readFile(rulesetUri(router, stateFile)));
  return { file: `${router} itself`, text };
}

function stateNames({ path }: Uri): string[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return [`${name.replace(/\.[^.]+$/, "")}.state.json`, `${name}.state.json`];
}
