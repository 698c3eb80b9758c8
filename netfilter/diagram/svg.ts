import type { Arrow, Box, Diagram, Row, Way } from "./diagram.js";
import { palettes, type SvgTheme, styleSheet } from "./svgStyle.js";

/** How a diagram is drawn as text. */
export interface SvgOptions {
  /** The colours where no editor gives its own: `light` where left out. */
  readonly theme?: SvgTheme;
  /** Up to which step the way is lit; to its end where left out. */
  readonly step?: number;
  /** A sentence above the drawing. */
  readonly heading?: string;
  /** For a page with a script: boxes and rows are buttons, every part says by which step it is reached. */
  readonly interactive?: boolean;
}

/** The drawing as one SVG document that needs nothing else. Colours are VS Code's variables, with the theme's own behind them. */
export function toSvg(diagram: Diagram, options: SvgOptions = {}): string {
  const { heading, interactive = false, theme = "light" } = options;
  const top = heading === undefined ? 0 : headingHeight(heading, diagram.width);
  const [width, height] = [diagram.width, diagram.height + top];
  const pen = new Pen(diagram.way, options.step ?? Number.POSITIVE_INFINITY, interactive);
  const role = interactive ? "group" : "img";
  const label = heading === undefined ? diagram.label : `${diagram.label}. ${heading}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="hs" role="${role}" aria-label="${escaped(label)}" width="${width}" height="${height}" viewBox="0 ${-top} ${width} ${height}">`,
    `<style>${styleSheet(palettes[theme])}</style>`,
    interactive ? "" : `<rect class="hs-ground" x="0" y="${-top}" width="${width}" height="${height}"/>`,
    ...headingLines(heading, diagram.width).map(
      (line, index) => `<text class="hs-heading" x="12" y="${20 + index * 18 - top}">${escaped(line)}</text>`,
    ),
    ...diagram.arrows.map((arrow) => pen.arrow(arrow)),
    ...diagram.boxes.map((box) => pen.box(box)),
    "</svg>",
  ].join("\n");
}

/** A box that has no room beside its title. */
const narrow = 150;

class Pen {
  constructor(
    private readonly way: Way | undefined,
    private readonly step: number,
    private readonly interactive: boolean,
  ) {}

  arrow({ id, points }: Arrow): string {
    const line = points.map(([x, y]) => `${x},${y}`).join(" ");
    return `<g class="hs-arrow${this.lit(id)}"${this.tag(id)}><polyline points="${line}"/>${head(points)}</g>`;
  }

  box(box: Box): string {
    const { id, role, x, y, width, height, title, note, label, rows, total } = box;
    const end = this.way?.end.box === id ? ` hs-end hs-${this.way.end.tone}` : "";
    const middle = x + width / 2;
    return [
      `<g class="hs-box hs-${role}${end}${this.lit(id)}"${this.tag(id)} role="group" aria-label="${escaped(title)}">`,
      `<rect class="hs-frame" x="${x}" y="${y}" width="${width}" height="${height}" rx="${role === "hook" ? 3 : 10}"/>`,
      `<g class="hs-head"${this.button(id, total ? undefined : label)}>${total ? `<title>${escaped(label)}</title>` : ""}<rect class="hs-hit" x="${x}" y="${y}" width="${width}" height="${rows.length > 0 ? 26 : height}"/>`,
      total && width > narrow
        ? `<text class="hs-title hs-beside" x="${x + 8}" y="${y + 18}">${escaped(title)}</text><text class="hs-total" x="${x + width - 6}" y="${y + 17}">${escaped(total.short)}</text></g>`
        : `<text class="hs-title" x="${middle}" y="${y + 18}">${escaped(title)}</text></g>`,
      note === ""
        ? ""
        : `<text class="hs-note" x="${middle}" y="${y + 37}">${escaped(shortened(note, width - 8, 6.2))}</text>`,
      ...rows.map((row) => this.row(row, box)),
      "</g>",
    ].join("");
  }

  private row(row: Row, box: Box): string {
    const { x, width } = box;
    const { id, y, height, priority, kind, gap } = row;
    const met = this.way?.met[id];
    const count = gap?.short ?? (met && !row.count ? `${met.matched}/${met.met}` : "");
    const end = this.way?.end.row === id ? ` hs-end hs-${this.way.end.tone}` : "";
    const told = [row.label, met && `${met.matched} of ${met.met} rules met match`, row.count?.told, gap?.told];
    const left = x + (kind === "nat" ? 56 : 48);
    const room = x + width - 10 - left - count.length * (gap ? 8 : 6.5);
    return [
      `<g class="hs-row hs-${kind}${gap ? " hs-gap" : ""}${end}${this.lit(id)}"${this.tag(id)}${this.button(id)}>`,
      `<title>${escaped(told.filter(Boolean).join("; "))}</title>`,
      `<rect class="hs-hit" x="${x + 1}" y="${y}" width="${width - 2}" height="${height}"/>`,
      `<rect class="hs-bar" x="${x + 1}" y="${y}" width="4" height="${height}"/>`,
      `<text class="hs-priority" x="${x + 42}" y="${y + 14}">${priorityText(priority)}</text>`,
      `<text class="hs-name" x="${left}" y="${y + 14}">${escaped(shortened(nameIn(row, box, room), room, 6.5))}</text>`,
      count === "" ? "" : `<text class="hs-count" x="${x + width - 6}" y="${y + 14}">${count}</text>`,
      gap ? `<path class="hs-edge" d="M${x + 1} ${y}H${x + width - 1}"/>` : "",
      row.count
        ? `<text class="hs-traffic" x="${x + width - 6}" y="${y + 28}">${escaped(shortened(row.count.short, width - 12, 6.5))}</text>`
        : "",
      "</g>",
    ].join("");
  }

  private lit(id: string): string {
    const reached = this.way?.reached[id];
    return reached !== undefined && reached <= this.step ? " hs-lit" : "";
  }

  private tag(id: string): string {
    if (!this.interactive) return "";
    const reached = this.way?.reached[id];
    return ` data-id="${escaped(id)}"${reached === undefined ? "" : ` data-reached="${reached}"`}`;
  }

  /** The name of a row, and of a head with a number, is its title: an `aria-label` would have to hold the shortened words that are seen. */
  private button(id: string, label?: string): string {
    if (!this.interactive) return "";
    const named = label === undefined ? "" : ` aria-label="${escaped(label)}"`;
    return ` role="button" tabindex="-1" data-opens="${escaped(id)}"${named}`;
  }
}

/** A triangle at the last point, in the direction of the last piece. */
function head(points: Arrow["points"]): string {
  const [x, y] = points.at(-1) as readonly [number, number];
  const [beforeX, beforeY] = points.at(-2) as readonly [number, number];
  const turn = (Math.atan2(y - beforeY, x - beforeX) * 180) / Math.PI;
  return `<path d="M0 0L-8 -4.5L-8 4.5Z" transform="translate(${x} ${y}) rotate(${turn})"/>`;
}

/** The kernel's first and last places are said so: the numbers tell nobody anything. */
function priorityText(priority: number): string {
  if (priority >= 2147483646) return "last";
  return priority <= -2147483648 ? "first" : String(priority).replace("-", "−");
}

/** Where there is no room for all of it, a chain's family is left out that is the box's own, and whose confirmation it is. */
function nameIn({ text, chain }: Row, { family }: Box, room: number): string {
  const canBeLess = chain ? chain.family === family : text.startsWith("conntrack's ");
  return canBeLess && text.length * 6.5 > room ? text.slice(text.indexOf(" ") + 1) : text;
}

function shortened(text: string, room: number, letter: number): string {
  const fits = Math.max(3, Math.floor(room / letter));
  return text.length <= fits ? text : `${text.slice(0, fits - 1)}…`;
}

function headingHeight(heading: string, width: number): number {
  return 14 + headingLines(heading, width).length * 18;
}

/** Broken between words where it is wider than the drawing. */
function headingLines(heading: string | undefined, width: number): string[] {
  const lines: string[] = [];
  for (const word of heading?.split(/\s+/) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && (last.length + word.length + 1) * 6.7 < width - 24)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']|[^\P{Cc}\n\t]/gu, (character) =>
    /\p{Cc}/u.test(character) ? "\ufffd" : `&#${character.charCodeAt(0)};`,
  );
}
