import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit";

/**
 * The toolkit's controls that the views use, and the only place that knows it: it is no longer kept up, so whoever replaces it
 * one day has this file to change. Call it once before the first control is made.
 */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeOption(),
    vsCodeProgressRing(),
    vsCodeTextField(),
  );
}

/** A control with a `value`: text fields and dropdowns. */
export interface ValueControl extends HTMLElement {
  value: string;
}

/** A checkbox. */
export interface CheckControl extends HTMLElement {
  checked: boolean;
}

/** A button that looks like a tool bar's. */
export function button(label: string, act: () => void): HTMLElement {
  const made = document.createElement("vscode-button");
  made.setAttribute("appearance", "secondary");
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

/** A choice of one among several, by value and label. */
export function dropdown(
  label: string,
  options: readonly (readonly [string, string])[],
  chosen: (value: string) => void,
): ValueControl {
  const made = document.createElement("vscode-dropdown") as ValueControl;
  made.setAttribute("aria-label", label);
  for (const [value, text] of options) {
    const option = document.createElement("vscode-option");
    option.setAttribute("value", value);
    option.textContent = text;
    made.append(option);
  }
  made.addEventListener("change", () => chosen(made.value));
  return made;
}

/** A box to tick. */
export function checkbox(label: string, changed: (on: boolean) => void): CheckControl {
  const made = document.createElement("vscode-checkbox") as CheckControl;
  made.textContent = label;
  made.addEventListener("change", () => changed(made.checked));
  return made;
}

/** A line to type in. */
export function textField(label: string, placeholder: string, typed: (value: string) => void): ValueControl {
  const made = document.createElement("vscode-text-field") as ValueControl;
  made.setAttribute("aria-label", label);
  made.setAttribute("placeholder", placeholder);
  made.addEventListener("input", () => typed(made.value));
  return made;
}
