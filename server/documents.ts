import type { TextDocument } from "vscode-languageserver-textdocument";
import { type Analysis, type AnalyzeOptions, analyze, type TextPlace } from "../netfilter/analyze.js";
import { detectLanguage, type Language } from "../netfilter/language.js";
import type { Settings } from "./protocol.js";

/** How a text is read; tests put one in that fails. */
export type Analyze = (text: string, language: Language, options: AnalyzeOptions) => Analysis;

interface Reading {
  readonly version: number;
  /** Absent when reading failed: then nothing is known about this version. */
  readonly analysis?: Analysis;
  /** Milliseconds that it took. */
  readonly took: number;
}

/** One analysis for each open document and version, made when first asked for. */
export class Documents {
  private readonly readings = new Map<string, Reading>();

  constructor(
    private readonly settings: () => Settings,
    private readonly log: (message: string) => void,
    private readonly placeOf: (uri: string) => TextPlace | undefined,
    private readonly read: Analyze = analyze,
  ) {}

  /** What is known about the document as it stands; undefined when reading it failed, which is logged. */
  analysisOf(document: TextDocument): Analysis | undefined {
    const known = this.readings.get(document.uri);
    if (known?.version === document.version) return known.analysis;
    this.readings.delete(document.uri);
    const reading = this.readNow(document, known?.analysis);
    this.readings.set(document.uri, reading);
    return reading.analysis;
  }

  /** True when what is known is of the document as it stands. */
  isRead({ uri, version }: TextDocument): boolean {
    return this.readings.get(uri)?.version === version;
  }

  /** How long the last reading took, which the next one will take as well. */
  lastTook({ uri }: TextDocument): number {
    return this.readings.get(uri)?.took ?? 0;
  }

  /** True where what is known of a document hangs on other files. */
  hangsOnOthers({ uri }: TextDocument): boolean {
    const analysis = this.readings.get(uri)?.analysis;
    if (analysis?.language !== "nftables") return false;
    const { sources, ruleset, tree } = analysis;
    return sources.texts.length > 1 || ruleset.incomplete || tree.text.includes("include");
  }

  forget(uri: string): void {
    this.readings.delete(uri);
  }

  /** The settings are others now: everything is read anew. */
  forgetAll(): void {
    this.readings.clear();
  }

  /** What has not changed since the `previous` version is taken over from it. */
  private readNow(document: TextDocument, previous: Analysis | undefined): Reading {
    const { version, uri } = document;
    const start = performance.now();
    try {
      const options = { ...this.optionsFor(uri), previous };
      const analysis = this.read(document.getText(), languageOf(document), options);
      return { version, analysis, took: performance.now() - start };
    } catch (error) {
      this.log(`Reading ${uri} (version ${version}) failed: ${describe(error)}`);
      return { version, took: performance.now() - start };
    }
  }

  private optionsFor(uri: string): AnalyzeOptions {
    const { lint, nftables } = this.settings();
    const place = this.placeOf(uri);
    return {
      lint: lint.enable,
      severities: lint.rules,
      ...(nftables.version !== undefined && { nftVersion: nftables.version }),
      ...(place && { place }),
    };
  }
}

/** An error for the log, with where it came from. */
export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The editor's choice of language counts; which family an iptables file is for, its name and content tell. */
function languageOf(document: TextDocument): Language {
  const { languageId, uri } = document;
  if (languageId === "nftables" || languageId === "ip6tables") return languageId;
  const detected = detectLanguage(uri, document.getText());
  return detected === "ip6tables" || (detected && languageId !== "iptables") ? detected : "iptables";
}
