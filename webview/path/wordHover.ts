import { element } from "../element.js";
import type { WordPlace } from "../protocol.js";

/** Milliseconds for which the pointer rests on a word, as in the editor. */
const restMs = 300;
/** Milliseconds in which the pointer may go from the word to what is said of it. */
const leaveMs = 250;

/** A word of a step's rule, as it is seen. */
interface Word {
  readonly step: HTMLElement;
  readonly index: number;
  readonly place: WordPlace;
  readonly box: DOMRect;
}

/**
 * What the language server says of the words of rules: of the one on which the pointer rests, and of one after the other with the
 * left and right arrows on a step that has the focus.
 */
export class WordHover {
  readonly root = element("div", { class: "word-hover", role: "tooltip", id: "word-hover" });
  private timer: ReturnType<typeof setTimeout> | undefined;
  private word: Word | undefined;

  /** `ask` hears of which word something is wanted; `tell` takes the answer. */
  constructor(private readonly ask: (place: WordPlace) => void) {
    this.root.hidden = true;
    this.root.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.root.addEventListener("pointerleave", () => this.hide());
  }

  /** Watches the steps in a list. */
  watch(list: HTMLElement): void {
    list.addEventListener("pointermove", ({ target, clientX, clientY }) => this.pointed(target, clientX, clientY));
    list.addEventListener("pointerleave", () => this.later(() => this.hide(), leaveMs));
    list.addEventListener("focusout", () => this.hide());
    list.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** The answer, as HTML of which only plain marks are kept; empty where nothing is to be said. */
  tell(place: WordPlace, html: string): void {
    const { word } = this;
    if (!word || !isSame(word.place, place) || !word.step.isConnected || html === "") return;
    const { body } = new DOMParser().parseFromString(html, "text/html");
    this.root.replaceChildren(...[...body.childNodes].flatMap(plain));
    this.root.hidden = false;
    word.step.setAttribute("aria-describedby", this.root.id);
    const { width, height } = this.root.getBoundingClientRect();
    const below = word.box.bottom + 4;
    const top = below + height < window.innerHeight ? below : Math.max(4, word.box.top - height - 4);
    this.root.style.left = `${Math.max(4, Math.min(word.box.left, window.innerWidth - width - 8))}px`;
    this.root.style.top = `${top}px`;
  }

  private pointed(target: EventTarget | null, x: number, y: number): void {
    const word = wordsOf(stepOf(target)).find(({ box }) => isIn(box, x, y));
    clearTimeout(this.timer);
    if (!word && this.word) this.later(() => this.hide(), leaveMs);
    else if (word && !this.isShown(word)) this.later(() => this.want(word), restMs);
  }

  private pressed(event: KeyboardEvent): void {
    const step = stepOf(event.target);
    const by = { ArrowRight: 1, ArrowLeft: -1, Escape: 0 }[event.key];
    if (!step || by === undefined) return;
    event.preventDefault();
    const words = wordsOf(step);
    const to = this.word?.step === step ? Math.max(0, Math.min(words.length - 1, this.word.index + by)) : 0;
    const word = words[to];
    if (by === 0 || !word) this.hide();
    else this.want(word);
  }

  private isShown({ step, index }: Word): boolean {
    return this.word?.step === step && this.word.index === index;
  }

  private want(word: Word): void {
    this.hide();
    this.word = word;
    this.ask(word.place);
  }

  private hide(): void {
    clearTimeout(this.timer);
    this.word?.step.removeAttribute("aria-describedby");
    this.word = undefined;
    this.root.hidden = true;
  }

  private later(act: () => void, ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, ms);
  }
}

function stepOf(target: EventTarget | null): HTMLElement | undefined {
  return (target as Element).closest<HTMLElement>(".step[data-file]") ?? undefined;
}

function wordsOf(step: HTMLElement | undefined): Word[] {
  const { file, line, lastLine } = step?.dataset ?? {};
  if (!step || file === undefined) return [];
  const seen = new Map<string, number>();
  return [...step.querySelectorAll(".rule-word")].map((part, index) => {
    const word = part.textContent ?? "";
    const nth = seen.get(word) ?? 0;
    seen.set(word, nth + 1);
    const place = { file, line: Number(line), lastLine: Number(lastLine), word, nth };
    return { step, index, place, box: part.getBoundingClientRect() };
  });
}

function isSame(one: WordPlace, other: WordPlace): boolean {
  return one.file === other.file && one.line === other.line && one.word === other.word && one.nth === other.nth;
}

function isIn({ left, right, top, bottom }: DOMRect, x: number, y: number): boolean {
  return left <= x && x <= right && top <= y && y <= bottom;
}

const marks = /^(?:P|CODE|PRE|STRONG|EM|UL|OL|LI|TABLE|THEAD|TBODY|TR|TH|TD|HR|BR|H[1-6]|BLOCKQUOTE|DIV)$/;

/** A copy without attributes; of what is no plain mark only what stands in it, of scripts and styles nothing. */
function plain(node: Node): Node[] {
  if (node instanceof Text) return [document.createTextNode(node.data)];
  if (!(node instanceof HTMLElement) || /^(?:SCRIPT|STYLE|TEMPLATE)$/.test(node.tagName)) return [];
  const inside = [...node.childNodes].flatMap(plain);
  if (!marks.test(node.tagName)) return inside;
  const copy = document.createElement(node.tagName);
  copy.append(...inside);
  return [copy];
}
