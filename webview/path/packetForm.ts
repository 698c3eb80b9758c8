import { element } from "../element.js";
import { connectionFields, type PacketField, type PacketForm, packetFields } from "../protocol.js";

const labels: Readonly<Record<PacketField, string>> = {
  iif: "In by",
  oif: "Out by",
  saddr: "Source",
  daddr: "Destination",
  protocol: "Protocol",
  sport: "Source port",
  dport: "Destination port",
  flags: "TCP flags",
  icmpType: "ICMP type",
  mark: "Mark",
  connection: "Connection before",
  ctState: "Its state",
  ctMark: "Its mark",
  otherWay: "Its other way",
};

const hints: Readonly<Partial<Record<PacketField, string>>> = {
  iif: "empty: of this machine",
  oif: "without routes",
  flags: "such as syn,ack",
  mark: "such as 0x30",
  ctState: "ESTABLISHED",
  ctMark: "such as 0x30",
  otherWay: "turned around; with NAT: 198.51.100.20:443 > 203.0.113.5:40000",
};

/** What may be said of the packet's connection, and how. */
const connections = [
  ["", "as the router's state has it"],
  ["new", "none: the packet is new"],
  ["original", "known, the packet goes on"],
  ["reply", "known, the packet answers"],
] as const;

/** What the form wants to have done. */
export interface FormActions {
  readonly send: (form: PacketForm, exchange: boolean) => void;
  /** Reads a packet in a text; in the clipboard's where there is none. */
  readonly read: (text?: string) => void;
}

/** The fields of a packet, and whether its answers are sent, too. Enter in any of them sends; a line with a packet in it fills all. */
export class PacketFormFields {
  readonly root: HTMLFormElement;
  private readonly inputs = new Map<PacketField, HTMLInputElement | HTMLSelectElement>();
  private readonly exchange = element("input", { type: "checkbox", id: "exchange" });
  private readonly known: HTMLElement;
  /** What was read in a text; it stands outside of the form, which may be folded. */
  readonly read = element("div", { class: "read", role: "status" });

  constructor(private readonly actions: FormActions) {
    const own: readonly PacketField[] = connectionFields;
    const fields = packetFields.filter((field) => !own.includes(field) || field === "connection");
    this.known = element(
      "div",
      { class: "known" },
      ...["ctState", "ctMark", "otherWay"].map((field) => this.field(field as PacketField)),
    );
    const label = element("label", { for: "exchange" }, "With the answer and the packet after it");
    const whole = element("div", { class: "whole" }, this.exchange, label);
    this.root = element(
      "form",
      { class: "packet", "aria-label": "Packet" },
      ...fields.map((field) => this.field(field)),
      this.known,
      element("div", { class: "form-end" }, element("button", { class: "main" }, "Send"), whole, this.pasteButton()),
    );
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.read.replaceChildren();
      this.send();
    });
    this.root.addEventListener("paste", (event) => this.pasted(event));
    this.showKnown();
  }

  get form(): PacketForm {
    return Object.fromEntries([...this.inputs].map(([field, { value }]) => [field, value]));
  }

  /** Whether nobody has said anything about a packet yet. */
  get isBlank(): boolean {
    return [...this.inputs.values()].every(({ value }) => value === "");
  }

  fill(form: PacketForm, exchange: boolean): void {
    for (const [field, input] of this.inputs) input.value = form[field] ?? "";
    this.exchange.checked = exchange;
    this.read.replaceChildren();
    this.showKnown();
  }

  /** Takes a packet that was read in a text, and sends it; where it comes in stays as it is if the text did not tell. */
  filled(form: PacketForm | undefined, messages: readonly string[]): void {
    if (form) this.fill({ iif: this.inputs.get("iif")?.value ?? "", ...form }, this.exchange.checked);
    this.read.replaceChildren(...messages.map((text) => element("p", {}, text)));
    this.read.classList.toggle("refused", !form);
    if (form) this.send();
  }

  private send(): void {
    this.actions.send(this.form, this.exchange.checked);
  }

  private field(field: PacketField): HTMLElement {
    const input =
      field === "connection"
        ? this.choice()
        : element("input", { id: field, placeholder: hints[field] ?? "", spellcheck: "false" });
    this.inputs.set(field, input);
    return element("div", { class: `field ${field}` }, element("label", { for: field }, labels[field]), input);
  }

  private choice(): HTMLSelectElement {
    const select = element(
      "select",
      { id: "connection" },
      ...connections.map(([value, text]) => element("option", { value }, text)),
    );
    select.addEventListener("change", () => this.showKnown());
    return select;
  }

  private pasteButton(): HTMLElement {
    const title = "A line of tcpdump, conntrack, a trace or the kernel's log, from the clipboard";
    const button = element("button", { type: "button", title }, "Paste a packet's line");
    button.addEventListener("click", () => this.actions.read());
    return button;
  }

  /** A line that tells a packet is not meant for one field. */
  private pasted(event: ClipboardEvent): void {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/\bsrc=\S+ dst=|\bSRC=\S+ DST=| saddr \S+ | > \S+:(?: |$)|^trace id /m.test(text)) return;
    event.preventDefault();
    this.actions.read(text);
  }

  private showKnown(): void {
    const connection = this.inputs.get("connection")?.value;
    this.known.hidden = connection !== "original" && connection !== "reply";
  }
}
