/**
 * A command that may be run on a router, as a value: what is run and how its output is read. Nothing here runs it; the side
 * that holds the connection quotes `argv` in one place, feeds the bytes, and hands over how it ended.
 */
export interface Command<Result> {
  /** Stable and unique, such as `conntrack.list`; the log and the list of permitted commands name it so. */
  readonly id: string;
  /** What it asks, for progress and log: "conntrack entries". */
  readonly title: string;
  /** Program and arguments; never a shell's text. */
  readonly argv: readonly string[];
  /** Needs root on the router: run through sudo by anybody else. */
  readonly root: boolean;
  /** Given to its standard input, which is then closed. */
  readonly stdin?: string;
  /** Reads one run's output. */
  reader(): Reader<Result>;
}

/** Takes the standard output of one run as it comes, in pieces of any length, and never throws. */
export interface Reader<Result> {
  push(bytes: Uint8Array): void;
  /** Called once, also after a run that was cut short. */
  end(exit: Exit): Outcome<Result>;
}

/** How a run ended. */
export interface Exit {
  /** Absent when a signal or the loss of the connection ended it. */
  readonly code?: number;
  /** Standard error, cut to a sane length. */
  readonly stderr: string;
  /** True when the person cancelled, the connection was lost, or a limit was reached before the command was through. */
  readonly cut: boolean;
}

/** What a run gave. */
export type Outcome<Result> =
  | {
      readonly ok: true;
      readonly value: Result;
      /** What could not be read of it or is not whole, in sentences for a person. */
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly failure: Failure };

/** Why a run gave nothing, so that a view can say what to do. */
export interface Failure {
  /**
   * `missing`: the program is not installed; `notPermitted`: needs root or sudo refused; `unsupported`: this kernel or version
   * cannot; `garbled`: the output is none of this command's; `cut`: ended early; `failed`: anything else it said itself.
   */
  readonly reason: "missing" | "notPermitted" | "unsupported" | "garbled" | "cut" | "failed";
  /** What happened and what to do, in sentences for a person. */
  readonly message: string;
}
