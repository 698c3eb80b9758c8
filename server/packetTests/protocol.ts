/** What the extension and the thread that runs packet tests say to each other. All of it can be cloned. */

/** A line and a UTF-16 column, both counted from 0. */
export interface Spot {
  readonly line: number;
  readonly column: number;
}

export interface SpotRange {
  readonly start: Spot;
  readonly end: Spot;
}

/** A packet test file as the editor has it. */
export interface TestFile {
  readonly path: string;
  readonly text: string;
  /** Texts by path that count instead of what the disk holds: editors with unsaved changes. */
  readonly unsaved: Readonly<Record<string, string>>;
  /** Folders outside of which nothing is read; absent where everything may be. */
  readonly within?: readonly string[];
}

/** What stands in a test file. */
export interface TestOutline {
  readonly tests: readonly {
    readonly name: string;
    readonly range: SpotRange;
    readonly packets: readonly PacketItem[];
  }[];
  readonly problems: readonly OutlineProblem[];
  /** Paths of the files on which results depend, besides this one. */
  readonly uses: readonly string[];
}

/** A packet of a test: `lan0 tcp 192.168.1.10:40000 > 203.0.113.9:443 syn`. */
export interface PacketItem {
  readonly text: string;
  readonly range: SpotRange;
}

/** An `error` keeps tests from being run. */
export interface OutlineProblem {
  readonly range: SpotRange;
  readonly message: string;
  readonly severity: "error" | "warning";
}

/** What became of a test. */
export interface TestOutcome {
  /** Its place in the file's outline. */
  readonly test: number;
  readonly milliseconds: number;
  /** Why it could not be run; `packets` is then empty. */
  readonly error?: string;
  readonly packets: readonly PacketOutcome[];
}

export interface PacketOutcome {
  /** Empty when all is as expected. */
  readonly failures: readonly { readonly message: string; readonly expected: string; readonly actual: string }[];
  /** Its way in lines: how it ended, what matched, what was taken for granted, what is not known. */
  readonly way: string;
  /** What decided, the last first. */
  readonly decisions: readonly { readonly text: string; readonly path: string; readonly line: number }[];
}

/** What can be asked of the thread: argument and answer of each call. `run` says a `TestOutcome` for every test meanwhile. */
export interface PacketTestCalls {
  outline: [TestFile, TestOutline];
  run: [TestFile & { readonly tests: readonly number[] }, { readonly warnings: readonly string[] }];
  /** A first test for a rules file, as the text of a test file beside it; undefined where the text is not known to be rules. */
  draft: [{ readonly path: string; readonly text: string }, string | undefined];
}

export interface PacketTestRequest<Call extends keyof PacketTestCalls = keyof PacketTestCalls> {
  readonly id: number;
  readonly call: Call;
  readonly argument: PacketTestCalls[Call][0];
}

/** `outcome` comes while a run goes on, `answer` or `error` at the end of a call. */
export type PacketTestReply =
  | { readonly id: number; readonly outcome: TestOutcome }
  | { readonly id: number; readonly answer: PacketTestCalls[keyof PacketTestCalls][1] }
  | { readonly id: number; readonly error: string };
