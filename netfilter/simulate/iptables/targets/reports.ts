import { goOn, type Targets } from "./define.js";

/** Targets that tell of the packet and let it go on as it is. */
export const reportTargets: Targets = {
  LOG: () => goOn,
  NFLOG: () => goOn,
  ULOG: () => goOn,
  AUDIT: () => goOn,
  LED: () => goOn,
  IDLETIMER: () => goOn,
  RATEEST: () => goOn,
  TRACE: () => (passage) => {
    passage.meta.nftrace = true;
    return "continue";
  },
};
