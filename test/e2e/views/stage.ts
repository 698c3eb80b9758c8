import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "../../../scripts/build.mjs";

const root = new URL("../../../", import.meta.url).pathname;

/** Kinds of VS Code's themes. */
export type ThemeKind = "dark" | "light" | "contrast";

/**
 * The variables that VS Code hands to a webview in each of its own themes, as far as views use them: taken from the style of a
 * real one's page in VS Code 1.139.
 */
const themes: Readonly<Record<ThemeKind, Readonly<Record<string, string>>>> = JSON.parse(
  readFileSync(join(root, "test/e2e/views/themes.json"), "utf8"),
);

/** A view's page in a browser, with the test in the extension host's place: quicker than an editor, the same script. */
export class Stage<To> {
  private constructor(
    readonly page: Page,
    private readonly browser: Browser,
    private readonly name: string,
  ) {}

  /** Opens `out/webview/NAME`; `hear` gets what the view says. */
  static async open<To, From>(name: string, hear: (message: From, stage: Stage<To>) => void): Promise<Stage<To>> {
    await build({ production: true });
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
    ];
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    const stage = new Stage<To>(page, browser, name);
    await page.exposeFunction("hostHears", (message: From) => hear(message, stage));
    await page.addInitScript(
      "window.acquireVsCodeApi = () => ({ postMessage: hostHears, getState() {}, setState() {} })",
    );
    const text = (ending: string) => readFileSync(join(root, `out/webview/${name}.${ending}`), "utf8");
    await page.route("http://view.test/**", (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === "/view.js") return route.fulfill({ contentType: "text/javascript", body: text("js") });
      if (pathname === "/view.css") return route.fulfill({ contentType: "text/css", body: text("css") });
      return route.fulfill({ contentType: "text/html", body: html });
    });
    await page.goto("http://view.test/");
    await stage.theme("dark");
    return stage;
  }

  /** Says something to the view, as the extension host does. */
  async say(message: To): Promise<void> {
    await this.page.evaluate(`window.postMessage(${JSON.stringify(message)})`);
  }

  async theme(theme: ThemeKind): Promise<void> {
    const values = Object.entries(themes[theme]).map(([name, value]) => `--vscode-${name}: ${value};`);
    const styles = `${values.join(" ")} background: var(--vscode-editor-background);`;
    const name = { dark: "vscode-dark", light: "vscode-light", contrast: "vscode-high-contrast" }[theme];
    await this.page.evaluate(
      `document.documentElement.style.cssText = ${JSON.stringify(styles)}; document.body.className = ${JSON.stringify(name)};`,
    );
  }

  /** Pictures in `out/screenshots/`, in every theme, and narrow. */
  async screenshots(title: string): Promise<void> {
    const take = (as: string) =>
      this.page.screenshot({ path: join(root, `out/screenshots/${this.name}-${title}-${as}.png`) });
    for (const theme of ["light", "contrast", "dark"] as const) {
      await this.theme(theme);
      await take(theme);
    }
    await this.page.setViewportSize({ width: 600, height: 720 });
    await take("narrow");
    await this.page.setViewportSize({ width: 1280, height: 720 });
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}

const html = `<!DOCTYPE html><html lang="en"><head><title>view</title><link rel="stylesheet" href="/view.css"></head>
<body><main id="root"></main><script src="/view.js"></script></body></html>`;
