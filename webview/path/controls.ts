import { element } from "../element.js";

/** A button whose text is a sign: its name is said and shown as a hint. */
export function iconButton(sign: string, label: string, act: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", "aria-label": label, title: label }, sign);
  made.addEventListener("click", act);
  return made;
}

/** A button that says what it does. */
export function textButton(text: string, act: () => void): HTMLButtonElement {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", act);
  return made;
}
