import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { KernelLab, type LabScenario, type Observation } from "./kernel.js";
import { type Story, stories } from "./stories.js";
import { labRouter } from "./world.js";

/** What the kernel did with a story, and with what exactly: a story that was changed since has to be recorded anew. */
export interface Recording {
  readonly about: string;
  /** Release of the kernel and versions of the tools. */
  readonly by: string;
  readonly scenario: LabScenario;
  readonly observation: Observation & { readonly loaded: true };
}

/** A story as the lab plays it. */
export function scenarioOf({ plan, rulesets, packets, roomFor, queues }: Story): LabScenario {
  const extra = { ...(roomFor !== undefined && { roomFor }), ...(queues && { queues }) };
  return { router: labRouter(plan), rulesets, packets, ...extra };
}

/** Plays every story in this machine's kernel and writes `recordings/<story>.json` below the folder. Throws when one fails. */
export async function record(program: string, folder: string, by: string): Promise<void> {
  const lab = new KernelLab(program);
  try {
    for (const story of stories) {
      const scenario = scenarioOf(story);
      const observation = await lab.play(scenario);
      if (!observation.loaded) throw new Error(`${story.name}: ${observation.complaint ?? observation.broken}`);
      write(join(folder, `${story.name}.json`), { about: story.about, by, scenario, observation });
    }
  } finally {
    lab.close();
  }
}

/** An event and a packet take a line each; what changes from one run to the next is left out. */
function write(path: string, recording: Recording): void {
  mkdirSync(dirname(path), { recursive: true });
  const text = JSON.stringify(recording, (key, value) => (key === "id" || key === "timeout" ? undefined : value), 1);
  const short = text.replace(/\{[^{}[\]]*\}/g, (object) => object.replace(/\n\s*/g, " "));
  writeFileSync(path, `${short}\n`);
}
