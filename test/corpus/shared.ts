import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Language } from "../../netfilter/language.js";

const shared = fileURLToPath(new URL("../../../shared/", import.meta.url));

/** The absolute path of a file or folder in `../shared`; throws a sentence that says what is missing. */
export function sharedPath(path: string): string {
  if (!existsSync(shared + path))
    throw new Error(
      `${shared + path} is missing: these tests read the labelled rule texts that lie beside the checkout.`,
    );
  return shared + path;
}

/** One labelled text of the corpus, as far as our tests read it; its README says what the fields mean. */
export interface CorpusRecord {
  readonly id: string;
  readonly corpus: string;
  readonly tool: "nft" | "iptables-restore";
  readonly family: string;
  readonly text: string;
  /** By version of the tool; iptables' have a dry run's verdict within. */
  readonly labels: Readonly<Record<string, Label & { readonly test?: Label }>>;
  readonly error_class?: string | null;
  readonly error_kind?: string | null;
  readonly stateful?: boolean;
  readonly args?: unknown;
  readonly uses_include?: boolean;
  readonly templated?: boolean;
  readonly early_exit?: boolean;
  readonly env_ifaces?: unknown;
  readonly needs_setup?: boolean;
}

interface Label {
  readonly accepted?: boolean;
}

/** The language that a record's text is in. */
export function languageOf({ tool, family }: Pick<CorpusRecord, "tool" | "family">): Language {
  if (tool === "nft") return "nftables";
  return family === "ipv6" ? "ip6tables" : "iptables";
}

/** Every record of the dev corpus whose text has at most `maxLength` characters. */
export function corpusRecords(maxLength: number): CorpusRecord[] {
  const folder = sharedPath("corpus/dev");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .flatMap((name) => readFileSync(`${folder}/${name}`, "utf8").split("\n"))
    .filter((line) => line !== "" && line.length < 4 * maxLength)
    .map((line) => JSON.parse(line) as CorpusRecord)
    .filter(({ text }) => text.length <= maxLength);
}
