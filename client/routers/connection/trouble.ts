/** Why there is no connection. */
export type TroubleKind =
  | "unknownName"
  | "unreachable"
  | "refused"
  | "silent"
  | "hostKeyUnknown"
  | "hostKeyChanged"
  | "hostKeyRevoked"
  | "authentication"
  | "configuration"
  | "protocol"
  | "lost"
  | "cancelled";

/** Ends the attempt or the connection; shown to the person. */
export class Trouble extends Error {
  constructor(
    readonly kind: TroubleKind,
    /** What happened, in a sentence. */
    message: string,
    /** What to do, in a sentence. */
    readonly advice: string,
  ) {
    super(message);
  }

  /** True when trying again later may help without the person doing anything. */
  get passing(): boolean {
    return ["unknownName", "unreachable", "refused", "silent", "lost"].includes(this.kind);
  }
}

/** Turns what node's sockets and ssh2 say into a Trouble. `where` names the machine, `by` the jump host before it. */
export function troubleFrom(error: Error & { code?: unknown; level?: unknown }, where: string, by?: string): Trouble {
  if (error instanceof Trouble) return error;
  const through = by ? ` from the jump host ${by}` : "";
  const code = typeof error.code === "string" ? error.code : "";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new Trouble("unknownName", `The name of ${where} is not known${through}.`, "Check HostName and your DNS.");
  if (code === "ECONNREFUSED")
    return new Trouble(
      "refused",
      `${where} answers, but nothing listens on that port${through}.`,
      "Check the port and that sshd or dropbear runs there.",
    );
  if (["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "EHOSTDOWN"].includes(code))
    return new Trouble("unreachable", `${where} cannot be reached${through}.`, "Check the address and the network.");
  if (error.level === "client-authentication") return authenticationTrouble(where);
  if (error.level === "client-timeout")
    return new Trouble("lost", `${where} no longer answers.`, "The link may be down, or the router too busy.");
  if (["ECONNRESET", "EPIPE"].includes(code) || /Connection lost|ended/i.test(error.message))
    return new Trouble("lost", `${where} closed the connection.`, "Look into the router's log for sshd or dropbear.");
  return new Trouble("protocol", `${where}: ${error.message}.`, "Hookscope's log has the steps that led there.");
}

/** Nobody of ours was let in. */
export function authenticationTrouble(where: string, tried?: string): Trouble {
  return new Trouble(
    "authentication",
    `${where} let none of the keys and passwords in${tried ? ` (tried: ${tried})` : ""}.`,
    "Check User and IdentityFile, that the agent holds the key, and that the router knows it (authorized_keys).",
  );
}

/** The person or the program gave up on it. */
export function cancelledTrouble(): Trouble {
  return new Trouble("cancelled", "Connecting was cancelled.", "Connect again when you like.");
}
