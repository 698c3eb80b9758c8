import type { IptablesTree } from "../syntax/iptables/nodes.js";
import type { NftTree } from "../syntax/nft/nodes.js";
import type { RulesetProgram } from "./context.js";
import { iptablesProgram } from "./iptables/program.js";
import { nftProgram } from "./nft/program.js";
import type { Loaded } from "./router.js";

/** Makes a loaded file's rules ready for packets, whichever language it is in. */
export function programOf({ tree, ruleset }: Loaded): RulesetProgram {
  return ruleset.language === "nftables" ? nftProgram(tree as NftTree, ruleset) : iptablesProgram(tree as IptablesTree);
}
