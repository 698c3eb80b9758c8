import type { Diagram } from "../../netfilter/diagram/diagram.js";
import { toSvg } from "../../netfilter/diagram/svg.js";
import { element } from "../element.js";
import { revealIn } from "./reveal.js";

/** Scales between which the picture can be zoomed. */
const smallest = 0.25;
const largest = 4;
/** Below this a fitted picture could not be read: it is scrolled instead. */
const smallestFit = 0.7;

function drawn(diagram: Diagram): SVGSVGElement {
  const text = toSvg(diagram, { interactive: true });
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  return document.importNode(parsed, true) as unknown as SVGSVGElement;
}

function itemsOf(svg: SVGSVGElement): SVGElement[] {
  return [...svg.querySelectorAll<SVGElement>("[data-opens]")];
}

function reword(item: SVGElement, fresh: SVGElement): void {
  if (item.innerHTML === fresh.innerHTML) return;
  const label = fresh.getAttribute("aria-label");
  if (label !== null) item.setAttribute("aria-label", label);
  item.classList.toggle("hs-gap", fresh.classList.contains("hs-gap"));
  item.replaceChildren(...fresh.childNodes);
}

/**
 * The diagram in the page: zoomed with buttons, keys and the wheel, moved by scrolling and dragging. It has one place in the focus
 * order; within it the arrows go from box to box and from row to row.
 */
export class Picture {
  readonly root = element("div", { class: "scroller" });
  private svg: SVGSVGElement | undefined;
  private diagram: Diagram | undefined;
  private items: SVGElement[] = [];
  private scale = 1;
  /** As long as nobody has zoomed, it follows the room that there is. */
  private isFitted = true;
  /** What was shown or chosen last: it stays in sight when the room changes. */
  private revealed = "";

  /** `opened` hears the id of a box or row that was chosen. */
  constructor(private readonly opened: (id: string) => void) {
    this.root.addEventListener("click", ({ target }) => this.open(target as Element));
    this.root.addEventListener("keydown", (event) => this.pressed(event));
    this.root.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    this.root.addEventListener("pointerdown", (event) => this.drag(event));
    new ResizeObserver(() => this.resized()).observe(this.root);
  }

  /** Draws another diagram at the same scale. */
  draw(diagram: Diagram): void {
    this.diagram = diagram;
    const svg = drawn(diagram);
    this.root.replaceChildren(svg);
    this.svg = svg;
    this.items = itemsOf(svg);
    this.items[0]?.setAttribute("tabindex", "0");
    if (this.isFitted) this.fit();
    else this.zoomTo(this.scale);
  }

  /** Other words in the same drawing: what is focused, lit and marked stays so. False where the drawing is another. */
  refresh(diagram: Diagram): boolean {
    if (!this.diagram || diagram.height !== this.diagram.height) return false;
    const fresh = itemsOf(drawn(diagram));
    const isSame = (item: SVGElement, index: number) => item.dataset.opens === this.items[index]?.dataset.opens;
    if (fresh.length !== this.items.length || !fresh.every(isSame)) return false;
    this.diagram = diagram;
    for (const [index, item] of fresh.entries()) reword(this.items[index] as SVGElement, item);
    return true;
  }

  /** Lights the way up to a step. */
  light(step: number): void {
    for (const part of this.svg?.querySelectorAll<SVGElement>("[data-reached]") ?? [])
      part.classList.toggle("hs-lit", Number(part.dataset.reached) <= step);
  }

  /** Frames what a class stands for: `hs-now`, `hs-opened`, `hs-cursor`. */
  mark(as: string, ids: ReadonlySet<string>): void {
    for (const item of this.items) item.classList.toggle(as, ids.has(item.dataset.opens ?? ""));
  }

  /** Scrolls until a box or row is seen. */
  reveal(id: string): void {
    this.revealed = id;
    const item = this.items.find(({ dataset }) => dataset.opens === id);
    if (item) revealIn(this.root, item);
  }

  private resized(): void {
    if (this.isFitted) this.fit();
    this.reveal(this.revealed);
  }

  zoomBy(factor: number): void {
    this.isFitted = false;
    this.zoomTo(this.scale * factor);
  }

  /** As large as there is room, but never larger than drawn, nor smaller than can be read. */
  fit(): void {
    this.isFitted = true;
    if (!this.diagram) return;
    const across = (this.root.clientWidth - 4) / this.diagram.width;
    const down = (this.root.clientHeight - 4) / this.diagram.height;
    this.zoomTo(Math.min(1, Math.max(smallestFit, Math.min(across, down))));
  }

  private zoomTo(scale: number): void {
    this.scale = Math.min(largest, Math.max(smallest, scale));
    if (!this.svg || !this.diagram) return;
    this.svg.setAttribute("width", String(this.diagram.width * this.scale));
    this.svg.setAttribute("height", String(this.diagram.height * this.scale));
  }

  private open(target: Element): void {
    const item = target.closest<SVGElement>("[data-opens]");
    if (!item) return;
    this.focus(item);
    this.opened(item.dataset.opens ?? "");
  }

  private focus(item: SVGElement): void {
    this.revealed = item.dataset.opens ?? "";
    for (const one of this.items) one.setAttribute("tabindex", one === item ? "0" : "-1");
    item.focus();
  }

  private pressed(event: KeyboardEvent): void {
    const item = (event.target as Element).closest<SVGElement>("[data-opens]");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = this.neighbour(this.items.indexOf(item), event.key);
    if (to) this.focus(to);
    else if (event.key === "Enter" || event.key === " ") this.opened(item.dataset.opens ?? "");
    else if (event.key === "+" || event.key === "=") this.zoomBy(1.25);
    else if (event.key === "-") this.zoomBy(0.8);
    else if (event.key === "0") this.fit();
    else return;
    event.preventDefault();
  }

  private neighbour(at: number, key: string): SVGElement | undefined {
    const { items } = this;
    const isHead = (item: SVGElement) => item.classList.contains("hs-head");
    if (key === "ArrowDown") return items[at + 1];
    if (key === "ArrowUp") return items[at - 1];
    if (key === "ArrowRight") return items.slice(at + 1).find(isHead);
    if (key === "ArrowLeft") return items.slice(0, at).filter(isHead).at(-1);
    if (key === "Home") return items[0];
    return key === "End" ? items.at(-1) : undefined;
  }

  private wheeled(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoomBy(event.deltaY < 0 ? 1.1 : 1 / 1.1);
  }

  private drag(event: PointerEvent): void {
    if (event.button !== 0 || (event.target as Element).closest("[data-opens]")) return;
    const { scrollLeft, scrollTop } = this.root;
    const move = ({ clientX, clientY }: PointerEvent) =>
      this.root.scrollTo(scrollLeft + event.clientX - clientX, scrollTop + event.clientY - clientY);
    this.root.setPointerCapture(event.pointerId);
    this.root.addEventListener("pointermove", move);
    const stop = () => this.root.removeEventListener("pointermove", move);
    this.root.addEventListener("lostpointercapture", stop, { once: true });
  }
}
