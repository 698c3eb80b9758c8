import type { Diagram } from "../../netfilter/diagram/diagram.js";
import { toSvg } from "../../netfilter/diagram/svg.js";
import type { SvgTheme } from "../../netfilter/diagram/svgStyle.js";

/** The picture as a file's text, in the colours of the editor's kind of theme. */
export function svgText(diagram: Diagram, step: number, heading: string): string {
  return toSvg(diagram, { step, heading, theme: themeOfPage() });
}

/** The picture in points, twice as many as on a plain screen; base64. */
export async function pngData(svg: string): Promise<string> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * 2;
  canvas.height = image.naturalHeight * 2;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png").split(",")[1] ?? "";
}

function themeOfPage(): SvgTheme {
  const { classList } = document.body;
  if (classList.contains("vscode-high-contrast") && !classList.contains("vscode-high-contrast-light"))
    return "contrast";
  return classList.contains("vscode-dark") ? "dark" : "light";
}
