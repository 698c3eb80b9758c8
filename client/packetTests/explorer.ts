import {
  type CancellationToken,
  type Disposable,
  type LogOutputChannel,
  languages,
  type TestController,
  type TestItem,
  TestRunProfileKind,
  TestRunRequest,
  tests,
  Uri,
  workspace,
} from "vscode";
import type { TestOutline } from "../../server/packetTests/protocol.js";
import { diagnosticOf, type ItemPlace, showOutline } from "./items.js";
import { runFile } from "./run.js";
import { grouped, leaves } from "./selection.js";
import { FileChanges, testFileAt } from "./texts.js";
import { PacketTestThread, Stopped } from "./thread.js";

const testFiles = "**/*.packets.{yaml,yml}";
/** So long after the last keystroke, in milliseconds, files are read again. */
const pause = 250;

/** What is known of a test file. */
interface Known {
  readonly uri: Uri;
  item: TestItem | undefined;
  outline: TestOutline | undefined;
  places: ReadonlyMap<TestItem, ItemPlace>;
  /** Set while a reading is due. */
  due: ReturnType<typeof setTimeout> | undefined;
}

/** The workspace's packet tests in the editor's test view. Without a test file there is nothing, not even the view. */
export class PacketTestExplorer implements Disposable {
  private readonly files = new Map<string, Known>();
  private readonly problems = languages.createDiagnosticCollection("hookscope packet tests");
  private readonly changes = new FileChanges((path) => this.hear(path));
  private readonly watcher = workspace.createFileSystemWatcher(testFiles);
  private readonly folders = workspace.onDidChangeWorkspaceFolders(() => void this.find());
  private readonly trusted = workspace.onDidGrantWorkspaceTrust(() => this.readAll());
  /** Two, so that errors show while a long run goes on. */
  private readonly reading: PacketTestThread;
  private readonly running: PacketTestThread;
  private readonly continuous = new Set<TestRunRequest>();
  private controller: TestController | undefined;
  private queue: Promise<void> = Promise.resolve();

  /** `script` is the bundled server. */
  constructor(
    script: string,
    private readonly log: LogOutputChannel,
  ) {
    this.reading = new PacketTestThread(script);
    this.running = new PacketTestThread(script);
    this.watcher.onDidCreate((uri) => this.add(uri));
    this.watcher.onDidDelete((uri) => this.remove(uri));
    void this.find();
  }

  dispose(): void {
    for (const { due } of this.files.values()) clearTimeout(due);
    for (const one of [this.problems, this.changes, this.watcher, this.folders, this.trusted]) one.dispose();
    this.reading.stop();
    this.running.stop();
    this.controller?.dispose();
  }

  /** Looks through the workspace's folders anew. */
  private async find(): Promise<void> {
    const found = await workspace.findFiles(testFiles, "**/node_modules/**");
    const names = new Set(found.map(String));
    for (const [name, { uri }] of this.files) if (!names.has(name)) this.remove(uri);
    for (const uri of found) this.add(uri);
  }

  private add(uri: Uri): void {
    if (uri.scheme !== "file" || this.files.has(uri.toString())) return;
    this.files.set(uri.toString(), { uri, item: undefined, outline: undefined, places: new Map(), due: undefined });
    this.watch();
    void this.read(uri);
  }

  private remove(uri: Uri): void {
    const known = this.files.get(uri.toString());
    if (!known) return;
    clearTimeout(known.due);
    this.files.delete(uri.toString());
    this.problems.delete(uri);
    this.controller?.items.delete(uri.toString());
    this.watch();
    if (this.files.size > 0) return;
    this.controller?.dispose();
    this.controller = undefined;
  }

  /** The test files themselves, and what they name. */
  private watch(): void {
    const paths = [...this.files.values()].flatMap(({ uri, outline }) => [uri.path, ...(outline?.uses ?? [])]);
    this.changes.watch(new Set(paths));
  }

  /** Reads again what hangs on a file that has changed, once it has come to rest. */
  private hear(path: string): void {
    for (const known of this.files.values()) {
      if (known.uri.path !== path && !known.outline?.uses.includes(path)) continue;
      clearTimeout(known.due);
      known.due = setTimeout(() => void this.read(known.uri).then(() => this.runAgain(known)), pause);
    }
  }

  private readAll(): void {
    for (const { uri } of this.files.values()) void this.read(uri);
  }

  private async read(uri: Uri): Promise<void> {
    const known = this.files.get(uri.toString());
    if (!known) return;
    clearTimeout(known.due);
    known.due = undefined;
    try {
      const file = await testFileAt(uri);
      if (!file) return;
      const outline = await this.reading.call("outline", file);
      if (this.files.get(uri.toString()) === known && known.due === undefined) this.show(known, outline);
    } catch (error) {
      if (!(error instanceof Stopped)) this.log.error(`${uri.path} could not be read as packet tests: ${error}`);
    }
  }

  private show(known: Known, outline: TestOutline): void {
    const { uri } = known;
    const controller = this.shownController();
    known.item ??= controller.createTestItem(uri.toString(), workspace.asRelativePath(uri), uri);
    controller.items.add(known.item);
    known.outline = outline;
    known.places = showOutline(controller, known.item, outline);
    this.problems.set(uri, outline.problems.map(diagnosticOf));
    this.watch();
  }

  private shownController(): TestController {
    if (this.controller) return this.controller;
    const controller = tests.createTestController("hookscope.packetTests", "Packet Tests");
    controller.refreshHandler = () => this.find().then(() => this.readAll());
    const handler = (request: TestRunRequest, token: CancellationToken) => this.asked(request, token);
    controller.createRunProfile("Run", TestRunProfileKind.Run, handler, true, undefined, true);
    this.controller = controller;
    return controller;
  }

  private async asked(request: TestRunRequest, token: CancellationToken): Promise<void> {
    if (request.continuous) {
      this.continuous.add(request);
      token.onCancellationRequested(() => this.continuous.delete(request));
    }
    await this.settled();
    await this.start(request);
  }

  /** What was typed a moment ago counts. */
  private async settled(): Promise<void> {
    const due = [...this.files.values()].filter((known) => known.due !== undefined);
    await Promise.all(due.map(({ uri }) => this.read(uri)));
  }

  /** Runs the tests of one file that are to be run on every change. */
  private async runAgain({ item }: Known): Promise<void> {
    for (const { include, exclude, profile } of this.continuous) {
      const within = leaves(item ? [item] : [], undefined, exclude);
      const wanted = new Set(
        include &&
          leaves(
            [],
            include.map((one) => this.current(one)),
          ).map(({ id }) => id),
      );
      const again = within.filter(({ id }) => !include || wanted.has(id));
      if (again.length > 0) await this.start(new TestRunRequest(again, undefined, profile, true));
    }
  }

  /** The item that has this one's place now: reading a file again makes new ones. */
  private current(item: TestItem): TestItem {
    for (const { item: file, places } of this.files.values()) {
      if (file?.id === item.id) return file;
      for (const [one] of places) if (one.id === item.id) return one;
    }
    return item;
  }

  /** One run after the other; a cancelled one ends at once. */
  private start(request: TestRunRequest): Promise<void> {
    this.queue = this.queue.then(() => this.run(request)).catch((error) => this.log.error(String(error)));
    return this.queue;
  }

  private async run(request: TestRunRequest): Promise<void> {
    const { controller } = this;
    if (!controller) return;
    const roots = [...this.files.values()].flatMap(({ item }) => item ?? []);
    const items = leaves(
      roots,
      request.include?.map((one) => this.current(one)),
      request.exclude,
    );
    const placed = items.flatMap((item) => {
      const known = this.files.get(item.uri?.toString() ?? "");
      const place = known?.places.get(item);
      return place ? [[item, place] as const] : [];
    });
    const run = controller.createTestRun(request);
    const cancelling = run.token.onCancellationRequested(() => this.running.stop());
    for (const [item] of placed) run.enqueued(item);
    for (const [uri, group] of grouped(placed, ([, place]) => place.uri.toString()))
      await runFile(run, Uri.parse(uri), group, this.running);
    cancelling.dispose();
    run.end();
  }
}
