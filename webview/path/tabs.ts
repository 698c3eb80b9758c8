import { element } from "../element.js";
import type { PathPacket } from "../protocol.js";

/** One tab for each packet of an exchange; the arrows go from one to the next. */
export class Tabs {
  readonly root = element("div", { class: "tabs", role: "tablist", "aria-label": "Packets" });
  private tabs: HTMLElement[] = [];

  /** `panel` is the id of what the tabs switch. */
  constructor(
    private readonly panel: string,
    private readonly chosen: (packet: number) => void,
  ) {
    this.root.addEventListener("keydown", ({ key }) => {
      const at = this.tabs.indexOf(document.activeElement as HTMLElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.tabs.length - 1 }[key];
      if (at >= 0 && to !== undefined && this.tabs[to]) this.choose(to);
    });
  }

  show(packets: readonly PathPacket[]): void {
    this.tabs = packets.map(({ short, title, tone }, index) => {
      const attributes = {
        type: "button",
        role: "tab",
        id: `tab-${index}`,
        "aria-controls": this.panel,
        class: tone,
        title,
      };
      const tab = element("button", attributes, short);
      tab.addEventListener("click", () => this.choose(index));
      return tab;
    });
    this.root.replaceChildren(...this.tabs);
    this.root.hidden = packets.length === 0;
  }

  /** Selects a packet without moving the focus to its tab. */
  select(index: number): void {
    this.tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.setAttribute("tabindex", at === index ? "0" : "-1");
    });
  }

  private choose(index: number): void {
    this.tabs[index]?.focus();
    this.chosen(index);
  }
}
