import { window, workspace } from "vscode";
import type { FromPathView, ToPathView } from "../../webview/protocol.js";
import type { InThread } from "../rulesets/inThread.js";
import type { Rules } from "./calls.js";
import { aboutRules, addressOf, editorShelf, ownerOf } from "./rules.js";
import type { RulesInPlay } from "./rulesInPlay.js";

/** Rules as the thread takes them, with a sentence about where everything comes from. */
export interface Rulesets {
  readonly rules: Rules;
  readonly about: string;
}

type Wish = Extract<FromPathView, { ask: "addRules" | "leaveOutRules" | "readRules" }>;

/** The rules of a panel: what the page shows of them, and what a person does with them there. */
export class PanelRules {
  private told: readonly (string | undefined)[] | undefined;

  constructor(
    private readonly inPlay: RulesInPlay,
    private readonly inThread: InThread,
    private readonly say: (message: ToPathView) => void,
  ) {}

  /** Whose rules they are: the router's name, the file's path in the workspace. */
  get owner(): string {
    return ownerOf(this.inPlay.address);
  }

  /** A router is asked again where what it told is old. */
  async begin(): Promise<void> {
    this.told = undefined;
    await this.inPlay.readAgain(false);
  }

  /** All rules as they are now. Fails where there are none. */
  async now(): Promise<Rulesets> {
    const played = await this.inPlay.all();
    return { rules: played.rules, about: aboutRules(this.inPlay, played) };
  }

  /** The page is to show which rules these are, where it does not yet. */
  async tell(rules: Rules): Promise<void> {
    const sources = await this.inPlay.sources();
    const shown = [...sources.flatMap(({ document, problem }) => [document?.text, problem]), rules.hooks?.source];
    const { told } = this;
    if (told?.length === shown.length && shown.every((text, index) => text === told[index])) return;
    this.told = shown;
    const answer = await this.inThread("describeRules", rules);
    if ("problems" in answer) return;
    const { documents, notes } = answer.value;
    const known = new Map(documents.map((one) => [one.name, one]));
    const { areLive, leftOut } = this.inPlay;
    this.say({
      say: "sources",
      sources: {
        sources: sources.map(({ address, title, problem }) => ({
          ...{ file: address, title, text: problem ?? known.get(address)?.takes ?? "" },
          is: problem !== undefined ? "missing" : known.get(address)?.isUsed ? "followed" : "unused",
        })),
        notes,
        ...{ canAdd: !areLive || leftOut.length > 0, isLive: areLive },
      },
    });
  }

  /** What a person wants; true where the rules are others now. */
  async answer(wish: Wish): Promise<boolean> {
    if (wish.ask === "readRules") await this.inPlay.readAgain(true);
    else if (wish.ask === "leaveOutRules") await this.inPlay.leaveOut(wish.file);
    else {
      const address = await this.pick();
      if (address === undefined) return false;
      await this.inPlay.add(address);
    }
    this.told = undefined;
    return true;
  }

  /** What was left out comes first; a router has no rules but its own. */
  private async pick(): Promise<string | undefined> {
    const { leftOut, areLive } = this.inPlay;
    const pickOf = (description: string) => (address: string) => ({
      ...{ label: editorShelf.titleOf(address), description, address },
    });
    const picks = leftOut.map(pickOf("left out before"));
    if (areLive) return (await window.showQuickPick(picks, { placeHolder }))?.address;
    const known = new Set([...leftOut, ...(await this.inPlay.sources()).map(({ address }) => address)]);
    const found = (await workspace.findFiles(rulesFiles, undefined, 100)).map(addressOf);
    const others = found.filter((address) => !known.has(address)).map(pickOf(""));
    const browse = { label: "$(folder-opened) Another file...", description: "", address: undefined };
    const picked = await window.showQuickPick([...picks, ...others, browse], { placeHolder });
    return picked === browse ? pickFile() : picked?.address;
  }
}

const placeHolder = "Which rules does the machine load, too?";
const rulesFiles = "**/{*.nft,nftables.conf,rules.v4,rules.v6,*.rules,iptables,ip6tables,*.iptables,*.ip6tables}";

async function pickFile(): Promise<string | undefined> {
  const [file] = (await window.showOpenDialog({ title: placeHolder })) ?? [];
  return file && addressOf(file);
}
