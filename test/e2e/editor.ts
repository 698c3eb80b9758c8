import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { startHost } from "../../scripts/lib/startHost.mjs";

const root = new URL("../../", import.meta.url).pathname;
const chromiumFlags = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update"],
];

type Settings = Readonly<Record<string, unknown>>;

/** Settings that make the editor quick and its pictures steady. */
const settings = {
  "editor.hover.delay": 50,
  "editor.stickyScroll.enabled": false, // its copies of lines intercept clicks
  "editor.cursorBlinking": "solid",
  "workbench.reduceMotion": "on",
};

/** A real VS Code with the packed extension, on a copy of the samples that a test may change. */
export class Editor {
  private constructor(
    readonly page: Page,
    readonly folder: string,
    private readonly host: Awaited<ReturnType<typeof startHost>>,
    private readonly browser: Browser,
  ) {}

  /** `more` are further settings of the person, `ofMachine` of the machine that the extension runs on. */
  static async start(more: Settings = {}, ofMachine: Settings = {}): Promise<Editor> {
    const vsix = join(root, "hookscope.vsix");
    if (!existsSync(vsix)) throw new Error("hookscope.vsix is missing: run `npm run package` first");
    const folder = join(mkdtempSync(join(tmpdir(), "hookscope-samples-")), "samples");
    cpSync(join(root, "samples"), folder, { recursive: true });
    const host = await startHost({ vsix, settings: { ...settings, ...more }, ofMachine });
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: chromiumFlags });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "dark" });
    page.setDefaultTimeout(20_000);
    return new Editor(page, folder, host, browser);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.host.stop();
    rmSync(dirname(this.folder), { recursive: true, force: true });
  }

  /** The home folder of whom the extension runs for. */
  get home(): string {
    return this.host.profile;
  }

  /** Loads the workbench with a file in it. */
  async open(file: string, line = 1): Promise<void> {
    await this.page.goto(this.host.link(this.folder, file, line));
    await this.page.locator(".monaco-editor .view-line").first().waitFor({ timeout: 60_000 });
  }

  /** Loads the workbench without a file, with Hookscope's sidebar open, and waits for a line of it. */
  async openSidebar(shows: string): Promise<void> {
    await this.page.goto(this.host.link(this.folder));
    await this.page.locator('.activitybar a.action-label[aria-label^="Hookscope"]').click({ timeout: 60_000 });
    await this.row(shows).waitFor({ timeout: 60_000 });
  }

  /** The lines of the sidebar's trees. */
  rows(): Locator {
    return this.page.locator(".pane-body .monaco-list-row");
  }

  /** The first line of the sidebar that holds these words. */
  row(words: string | RegExp, within = ".pane-body .monaco-list-row"): Locator {
    return this.page.locator(within, { hasText: words }).first();
  }

  /** Opens a line of the sidebar, unless it is open, and waits until `shows` is among the lines. */
  async expand(words: string | RegExp, shows: string | RegExp): Promise<void> {
    const row = this.row(words);
    await row.waitFor({ timeout: 60_000 });
    const shown = this.row(shows);
    // The editor loses a click that comes while it draws the tree anew.
    for (let tries = 0; tries === 0 || (tries < 4 && !(await shown.isVisible())); tries++) {
      if ((await row.getAttribute("aria-expanded")) !== "true") await row.locator(".monaco-tl-twistie").click();
      await shown.waitFor({ timeout: 10_000 }).catch(() => undefined);
    }
    await shown.waitFor();
  }

  /** Closes a line of the sidebar, so that what stands below it comes into sight. */
  async fold(words: string | RegExp): Promise<void> {
    const row = this.row(words);
    await row.locator(".monaco-tl-twistie").click();
    await expect.poll(() => row.getAttribute("aria-expanded")).toBe("false");
  }

  /** The page within the webview that is shown. */
  webview(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").last().frameLocator("iframe#active-frame");
  }

  /** The extension's own processes, by number and command line: the language server's, once it runs. */
  serverProcesses(): string[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => `${pid} ${commandLine(pid)}`)
      .filter((line) => line.includes(this.host.profile) && line.includes("server.mjs"));
  }

  /** Runs a command of the palette by its title. */
  async command(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input");
    await this.page.keyboard.press("F1");
    await input.fill(`>${title}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().waitFor();
    await this.page.keyboard.press("Enter");
  }

  /** Puts the cursor on a line (and column), counted from 1, of the open file. */
  async goTo(line: number, column = 1): Promise<void> {
    const input = this.page.locator(".quick-input-widget input");
    await this.page.keyboard.press("Control+g");
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await input.waitFor({ state: "hidden" });
    await this.cursorAt(line);
  }

  /** Waits until the status bar says that the cursor stands on that line. */
  async cursorAt(line: number): Promise<void> {
    await this.page.locator('[id="status.editor.selection"]', { hasText: `Ln ${line},` }).waitFor();
  }

  /** Rests the pointer on words until their hover shows: a slow machine may miss one that comes while the file still loads. */
  async hover(words: string, shows: string): Promise<void> {
    const hover = this.page.locator(".monaco-hover:not(.hidden)", { hasText: shows });
    for (let tries = 0; !(await hover.isVisible()) && tries < 6; tries++) {
      await this.page.mouse.move(0, 0);
      await this.text(words).hover();
      await hover.waitFor({ timeout: 5_000 }).catch(() => undefined);
    }
    await hover.waitFor({ timeout: 1_000 });
  }

  /** Text as the editor draws it: the innermost piece of a line that contains it. */
  text(words: string): Locator {
    return this.page.locator(".view-line span span", { hasText: words }).first();
  }

  /** A picture in `out/screenshots/` for each colour scheme. */
  async screenshots(name: string): Promise<void> {
    for (const [theme, media] of Object.entries(themes)) {
      await this.page.emulateMedia(media);
      await this.page.locator(`.monaco-workbench.${media.workbench}`).waitFor();
      await this.page.waitForTimeout(500); // the tokens are coloured a moment after the frame
      await this.screenshot(`${name}-${theme}`);
    }
    await this.page.emulateMedia(themes.dark);
  }

  /** A picture as it is now. */
  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: join(root, `out/screenshots/${name}.png`) });
  }
}

/** Empty for a process that has just ended. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

const themes = {
  dark: { colorScheme: "dark", forcedColors: "none", workbench: "vs-dark" },
  light: { colorScheme: "light", forcedColors: "none", workbench: "vs" },
  contrast: { colorScheme: "dark", forcedColors: "active", workbench: "hc-black" },
} as const;
