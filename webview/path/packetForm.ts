import { element } from "../element.js";
import { type PacketField, type PacketForm, packetFields } from "../protocol.js";

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
};

const hints: Readonly<Partial<Record<PacketField, string>>> = {
  iif: "empty: of this machine",
  oif: "where no routes are known",
  flags: "such as syn,ack",
  mark: "such as 0x30",
};

/** The fields of a packet, and whether its answers are sent, too. Enter in any of them sends. */
export class PacketFormFields {
  readonly root: HTMLFormElement;
  private readonly inputs = new Map<PacketField, HTMLInputElement>();
  private readonly exchange = element("input", { type: "checkbox", id: "exchange" });

  constructor(private readonly send: (form: PacketForm, exchange: boolean) => void) {
    const fields = packetFields.map((field) => {
      const input = element("input", { id: field, placeholder: hints[field] ?? "", spellcheck: "false" });
      this.inputs.set(field, input);
      return element("div", { class: "field" }, element("label", { for: field }, labels[field]), input);
    });
    const label = element("label", { for: "exchange" }, "With the answer and the packet after it");
    const whole = element("div", { class: "whole" }, this.exchange, label);
    const submit = element("button", { class: "main" }, "Send");
    this.root = element("form", { class: "packet", "aria-label": "Packet" }, ...fields, whole, submit);
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(this.form, this.exchange.checked);
    });
  }

  get form(): PacketForm {
    return Object.fromEntries([...this.inputs].map(([field, { value }]) => [field, value]));
  }

  fill(form: PacketForm, exchange: boolean): void {
    for (const [field, input] of this.inputs) input.value = form[field] ?? "";
    this.exchange.checked = exchange;
  }
}
