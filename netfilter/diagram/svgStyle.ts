/** Colours for where no editor gives its own. */
export type SvgTheme = "light" | "dark" | "contrast";

type Palette = Readonly<
  Record<"ground" | "text" | "quiet" | "line" | "lit" | "soft" | "stopped" | "unknown" | "focus", string>
>;

export const palettes: Readonly<Record<SvgTheme, Palette>> = {
  light: {
    ground: "#ffffff",
    text: "#3b3b3b",
    quiet: "#616161",
    line: "#919191",
    lit: "#005fb8",
    soft: "#005fb81f",
    stopped: "#c72e0f",
    unknown: "#8a6100",
    focus: "#005fb8",
  },
  dark: {
    ground: "#1f1f1f",
    text: "#cccccc",
    quiet: "#9d9d9d",
    line: "#6b6b6b",
    lit: "#4daafc",
    soft: "#4daafc2b",
    stopped: "#f85149",
    unknown: "#e2c08d",
    focus: "#0078d4",
  },
  contrast: {
    ground: "#000000",
    text: "#ffffff",
    quiet: "#ffffff",
    line: "#6fc3df",
    lit: "#f38518",
    soft: "#000000",
    stopped: "#ff6666",
    unknown: "#ffff66",
    focus: "#f38518",
  },
};

/** The drawing's colours and fonts. Lit parts are thicker, too: colour alone tells nothing to some. */
export function styleSheet(own: Palette): string {
  const colour = (variable: string, fallback: string) => `var(--vscode-${variable}, ${fallback})`;
  const text = colour("editor-foreground", own.text);
  const quiet = colour("descriptionForeground", own.quiet);
  const line = `var(--hs-line, ${own.line})`;
  const lit = `var(--hs-lit, ${own.lit})`;
  const stopped = `var(--hs-stopped, ${own.stopped})`;
  const unknown = `var(--hs-unknown, ${own.unknown})`;
  return [
    `.hs{font-family:var(--vscode-font-family,"Segoe UI",Ubuntu,"DejaVu Sans",sans-serif);font-size:11px}`,
    `.hs text{fill:${text};stroke:none}`,
    `.hs .hs-ground,.hs .hs-frame{fill:${colour("editor-background", own.ground)}}`,
    `.hs .hs-frame{stroke:${line};stroke-width:1}`,
    ".hs .hs-process .hs-frame,.hs .hs-decision .hs-frame{stroke-dasharray:4 3}",
    ".hs .hs-title{text-anchor:middle;font-size:13px;font-weight:600}",
    ".hs .hs-heading{font-size:13px}",
    `.hs .hs-note{text-anchor:middle;fill:${quiet}}`,
    `.hs .hs-priority,.hs .hs-count{text-anchor:end;fill:${quiet};font-variant-numeric:tabular-nums}`,
    `.hs .hs-traffic,.hs .hs-total{text-anchor:end;fill:${text};font-variant-numeric:tabular-nums}`,
    ".hs .hs-beside{text-anchor:start}",
    ".hs .hs-total{font-weight:600}",
    `.hs .hs-gap .hs-count{fill:${stopped};font-weight:600}`,
    `.hs .hs-edge{fill:none;stroke:${stopped};stroke-width:2.5;stroke-dasharray:5 3}`,
    `.hs .hs-kernel .hs-name{fill:${quiet};font-style:italic}`,
    ".hs .hs-hit,.hs .hs-bar{fill:transparent}",
    `.hs .hs-row.hs-lit .hs-bar{fill:${lit}}`,
    `.hs .hs-arrow polyline{fill:none;stroke:${line};stroke-width:1.2}`,
    `.hs .hs-arrow path{fill:${line}}`,
    `.hs .hs-arrow.hs-lit polyline{stroke:${lit};stroke-width:2.8}`,
    `.hs .hs-arrow.hs-lit path{fill:${lit}}`,
    `.hs .hs-box.hs-lit>.hs-frame{stroke:${lit};stroke-width:2.2}`,
    `.hs .hs-row.hs-lit .hs-hit{fill:var(--hs-soft, ${own.soft})}`,
    `.hs .hs-row.hs-lit text{fill:${text}}`,
    `.hs .hs-stopped.hs-lit>.hs-frame{stroke:${stopped};stroke-width:3.5}`,
    `.hs .hs-row.hs-gap.hs-lit .hs-count{fill:${stopped}}`,
    `.hs .hs-unknown.hs-lit>.hs-frame{stroke:${unknown};stroke-width:3.5;stroke-dasharray:7 4}`,
    `.hs .hs-row.hs-end.hs-stopped.hs-lit text{fill:${stopped};font-weight:600}`,
    `.hs .hs-row.hs-end.hs-unknown.hs-lit text{fill:${unknown}}`,
    ".hs [role=button]{cursor:pointer;outline:none}",
    `.hs [role=button]:focus-visible .hs-hit{stroke:${colour("focusBorder", own.focus)};stroke-width:2}`,
    `.hs .hs-now .hs-hit,.hs .hs-opened .hs-hit{stroke:${lit};stroke-width:1}`,
    ".hs .hs-cursor .hs-name,.hs .hs-cursor .hs-title{text-decoration:underline}",
  ].join("\n");
}
