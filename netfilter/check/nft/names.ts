import type { Variables } from "../../model/nft/variables.js";
import type { Finding } from "../../text/finding.js";
import { errorAt, suggestion } from "./refusal.js";

const namelessVariable =
  "In a log's prefix `$` begins the name of a variable, and none follows here. Leave the sign out: there is no way to write it.";

/** Variables that are defined nowhere, and those that are defined twice. */
export function checkVariables({ inReach, repeated }: Variables, complete: boolean): Finding[] {
  const found: Finding[] = [];
  for (const [variable, names] of complete ? inReach : []) {
    const name = variable.name.text;
    if (name === "") {
      found.push(errorAt("undefinedVariable", variable, namelessVariable));
      continue;
    }
    const { hint, fixes } = suggestion(name, variable.name, names);
    const help = hint || ` Define it in front: \`define ${name} = ...\`.`;
    found.push(
      errorAt(
        "undefinedVariable",
        variable,
        `No variable \`${name}\` is defined at this point of the file.${help}`,
        fixes && { fixes },
      ),
    );
  }
  for (const { again, first } of repeated) {
    const { start, end } = first.name;
    const text = `Variable \`${again.name.text}\` is defined already. Use \`redefine\` to change it, or choose another name.`;
    found.push(
      errorAt("duplicateVariable", again.name, text, { related: [{ span: { start, end }, message: "defined here" }] }),
    );
  }
  return found;
}
