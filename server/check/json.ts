import type { Finding } from "../../netfilter/text/finding.js";
import { type Checked, placeOf, type Reporter, sourceOf } from "./report.js";

/** One JSON array of findings, printed file by file so that nothing has to be kept. */
export function jsonReporter(): Reporter {
  let separator = "";
  return {
    begin: () => "[",
    file(checked) {
      let text = "";
      for (const finding of checked.findings) {
        text += `${separator}\n${JSON.stringify(record(checked, finding))}`;
        separator = ",";
      }
      return text;
    },
    end: () => "\n]\n",
  };
}

function record(checked: Checked, finding: Finding) {
  const { file, lines } = checked;
  const { severity, code, message, related = [] } = finding;
  const places = related.map((place) => {
    const { file, lines } = sourceOf(checked, place);
    return { file, ...placeOf(lines, place.span), message: place.message };
  });
  return { file, ...placeOf(lines, finding.span), severity, code, message, related: places };
}
