import { element } from "./element.js";

/** A column of the table: what it shows, and by which key it is sorted. */
export interface Column<Row, Key extends string = never> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly hint?: (row: Row) => string;
  readonly sort?: Key;
  /** Of the grid's template. */
  readonly width: string;
}

/** What the grid asks of those who hold the rows. */
export interface GridOwner<Row, Key extends string = never> {
  /** What the table is of, for those who hear it. */
  readonly label: string;
  /** Classes of a row's line. */
  look(row: Row): string;
  need(from: number, count: number): void;
  sorted?(key: Key): void;
  chosen(row: Row | undefined): void;
  opened(row: Row): void;
}

const rowHeight = 22;
/** Browsers draw no element higher than some 30 million pixels; beyond this the scroll bar stands for more rows than it shows. */
const highest = 12_000_000;
const spare = 20;

/** A table of any length of which only the visible rows exist. Arrows, Page Up and Down, Home and End move the chosen row. */
export class Grid<Row, Key extends string = never> {
  readonly root: HTMLElement;
  private readonly head: HTMLElement;
  private readonly scroller: HTMLElement;
  private readonly space: HTMLElement;
  private readonly body: HTMLElement;
  private total = 0;
  private first = 0;
  private rows: readonly Row[] = [];
  private rowsFrom = 0;
  private active = -1;
  /** The owner waits to hear of the chosen row, which is still on its way. */
  private owed = false;
  private visibleBefore = 1;

  constructor(
    private readonly columns: readonly Column<Row, Key>[],
    private readonly owner: GridOwner<Row, Key>,
  ) {
    this.head = element(
      "div",
      { role: "row", class: "head", "aria-rowindex": "1" },
      ...columns.map((column) => this.header(column)),
    );
    this.body = element("div", { class: "rows", role: "rowgroup" });
    this.space = element("div", { class: "space", role: "presentation" }, this.body);
    this.scroller = element(
      "div",
      { class: "grid", role: "grid", tabindex: "0", "aria-label": owner.label },
      element("div", { role: "rowgroup", class: "heads" }, this.head),
      this.space,
    );
    this.root = this.scroller;
    this.root.style.setProperty("--columns", columns.map(({ width }) => width).join(" "));
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.pressed(event));
    this.body.addEventListener("click", (event) => this.clicked(event, false));
    this.body.addEventListener("dblclick", (event) => this.clicked(event, true));
    new ResizeObserver(() => this.resized()).observe(this.scroller);
  }

  /** There are other rows now, so many; `gone` of those before went from the top, and what is read stays where it is. */
  reset(total: number, gone = 0): void {
    this.total = total;
    if (gone > 0) this.shift(gone);
    this.space.style.height = `${Math.min(highest, total * rowHeight)}px`;
    this.scroller.setAttribute("aria-rowcount", String(total + 1));
    if (this.active >= total) this.activate(-1);
    this.draw();
  }

  /** Rows that were needed. */
  show(from: number, rows: readonly Row[]): void {
    this.rowsFrom = from;
    this.rows = rows;
    this.paint();
    if (this.owed) this.tellChosen();
  }

  /** Marks the column by which the table is sorted. */
  sorted(key: Key | undefined, descending: boolean): void {
    this.columns.forEach((column, index) => {
      const order = column.sort !== key || key === undefined ? "none" : descending ? "descending" : "ascending";
      this.head.children[index]?.setAttribute("aria-sort", order);
    });
  }

  get chosen(): Row | undefined {
    return this.rows[this.active - this.rowsFrom];
  }

  /** Chooses a row as a click on it does. */
  choose(index: number): void {
    this.activate(index);
  }

  focus(): void {
    this.scroller.focus();
  }

  private shift(gone: number): void {
    this.first = Math.max(0, this.first - gone);
    this.active = this.active < gone ? -1 : this.active - gone;
    this.rowsFrom -= gone;
    this.scroller.scrollTop -= gone * rowHeight;
  }

  private header(column: Column<Row, Key>): HTMLElement {
    const { sort, title } = column;
    const label = sort
      ? element("button", { type: "button", title: `Sort by ${title.toLowerCase()}` }, title)
      : element("span", {}, title);
    if (sort) label.addEventListener("click", () => this.owner.sorted?.(sort));
    return element("div", { role: "columnheader", "aria-sort": "none" }, label);
  }

  private get visible(): number {
    return Math.max(1, Math.floor((this.scroller.clientHeight - this.head.offsetHeight) / rowHeight));
  }

  private get last(): number {
    return Math.max(0, this.total - this.visible);
  }

  private scrolled(): void {
    const range = this.space.offsetHeight + this.head.offsetHeight - this.scroller.clientHeight;
    const part = range > 0 ? this.scroller.scrollTop / range : 0;
    this.first = Math.round(Math.min(1, part) * this.last);
    this.draw();
  }

  private scrollTo(first: number): void {
    this.first = Math.max(0, Math.min(this.last, first));
    const range = this.space.offsetHeight + this.head.offsetHeight - this.scroller.clientHeight;
    this.scroller.scrollTop = this.last > 0 ? (this.first / this.last) * range : 0;
    this.draw();
  }

  /** The chosen row stays in sight when the table gets smaller. */
  private resized(): void {
    const wasSeen = this.active >= this.first && this.active < this.first + this.visibleBefore;
    this.visibleBefore = this.visible;
    if (wasSeen && this.active >= this.first + this.visible) this.scrollTo(this.active - this.visible + 1);
    else this.draw();
  }

  /** Asks for what is seen and a little around it, and draws what is there already. */
  private draw(): void {
    const from = Math.max(0, Math.min(this.first, this.last) - spare);
    this.owner.need(from, Math.min(this.total - from, this.visible + 2 * spare + 1));
    this.paint();
  }

  private paint(): void {
    const first = Math.min(this.first, this.last);
    const shown: HTMLElement[] = [];
    for (let index = first; index < Math.min(this.total, first + this.visible + 1); index++) {
      const row = this.rows[index - this.rowsFrom];
      if (row) shown.push(this.line(row, index));
    }
    this.body.style.transform = `translateY(${this.scroller.scrollTop}px)`;
    this.body.replaceChildren(...shown);
    const active = shown.find(({ dataset }) => Number(dataset.index) === this.active);
    if (active) this.scroller.setAttribute("aria-activedescendant", active.id);
    else this.scroller.removeAttribute("aria-activedescendant");
  }

  private line(row: Row, index: number): HTMLElement {
    const cells = this.columns.map(({ text, hint }) => {
      const content = text(row);
      return element("div", { role: "gridcell", title: hint?.(row) || content }, content);
    });
    return element(
      "div",
      {
        role: "row",
        id: `row-${index}`,
        class: `row ${this.owner.look(row)}`,
        "data-index": String(index),
        "aria-rowindex": String(index + 2),
        "aria-selected": String(index === this.active),
      },
      ...cells,
    );
  }

  private clicked(event: Event, opens: boolean): void {
    const line = (event.target as HTMLElement).closest<HTMLElement>(".row");
    if (!line) return;
    this.activate(Number(line.dataset.index));
    if (opens && this.chosen) this.owner.opened(this.chosen);
  }

  private pressed(event: KeyboardEvent): void {
    const to = this.target(event.key);
    if (to !== undefined && this.total > 0) {
      event.preventDefault();
      this.activate(Math.max(0, Math.min(this.total - 1, to)));
    } else if (event.key === "Enter" && this.chosen && event.target === this.scroller) {
      event.preventDefault();
      this.owner.opened(this.chosen);
    } else if (event.key === "Escape") this.activate(-1);
  }

  private target(key: string): number | undefined {
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + this.visible,
      PageUp: this.active - this.visible,
      Home: 0,
      End: this.total - 1,
    };
    return steps[key];
  }

  private activate(index: number): void {
    this.active = index;
    if (index >= 0 && index < this.first) this.scrollTo(index);
    else if (index >= this.first + this.visible) this.scrollTo(index - this.visible + 1);
    else this.paint();
    this.tellChosen();
  }

  private tellChosen(): void {
    this.owed = this.active >= 0 && !this.chosen;
    if (!this.owed) this.owner.chosen(this.chosen);
  }
}
