import type { Answer, RecordedCommand } from "../../client/demo/recording.js";
import type { Router } from "../../client/routers/router.js";
import type { Command, Exit } from "../../netfilter/observe/command.js";

/** What is to be recorded. */
export interface Take {
  readonly argv: readonly string[];
  readonly root: boolean;
  /** Ends a command that does not end by itself, such as `conntrack -E`; without it the command is waited for. */
  readonly forMs?: number;
  /** What the demo does after the last byte of a command that was ended so. */
  readonly afterwards?: "stay" | "repeat";
}

/** Runs a command once on a real router and gives what came and when, for a demo router's recording. Rejects when it cannot. */
export async function record(router: Router, take: Take): Promise<RecordedCommand> {
  const { argv, root, forMs } = take;
  const taken: Taken = { pieces: [], timing: [], started: performance.now() };
  const outcome = await router.run(recorder(argv, root, taken), forMs === undefined ? {} : { timeoutMs: forMs });
  if (!outcome.ok) throw new Error(outcome.failure.message);
  return { argv, answers: [answerOf(taken, outcome.value, take)] };
}

interface Taken {
  readonly pieces: Uint8Array[];
  readonly timing: [ms: number, bytes: number][];
  readonly started: number;
}

function recorder(argv: readonly string[], root: boolean, taken: Taken): Command<Exit> {
  const title = "the recording";
  const reader = () => ({
    push: (bytes: Uint8Array) => {
      const before = taken.timing.at(-1)?.[1] ?? 0;
      taken.pieces.push(Uint8Array.from(bytes));
      taken.timing.push([Math.round(performance.now() - taken.started), before + bytes.length]);
    },
    end: (value: Exit) => ({ ok: true as const, value, warnings: [] }),
  });
  return { id: "record", title, argv, root, reader };
}

/** Only what was ended by us keeps its times: a list may come as fast as it can. */
function answerOf({ pieces, timing }: Taken, { code = 0, stderr, cut }: Exit, { afterwards = "stay" }: Take): Answer {
  const stdout = Buffer.concat(pieces);
  if (cut) return { stdout, stderr: "", code: 0, timing, afterwards };
  return { stdout, stderr, code, timing: [], afterwards: "exit" };
}
