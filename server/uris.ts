/** What precedes the path of a URI, `file://` or `vscode-vfs://github`, and its path; undefined without an absolute one. */
export function splitUri(uri: string): { prefix: string; path: string } | undefined {
  const [, prefix, encoded] = /^([^:/?#]+:(?:\/\/[^/?#]*)?)(\/[^?#]*)/.exec(uri) ?? [];
  if (prefix === undefined || encoded === undefined) return undefined;
  try {
    return { prefix, path: decodeURIComponent(encoded) };
  } catch {
    return undefined;
  }
}

/** The URI of an absolute path. */
export function joinUri(prefix: string, path: string): string {
  return prefix + path.split("/").map(encodeURIComponent).join("/");
}
