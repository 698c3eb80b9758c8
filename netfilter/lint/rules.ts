import type { Lint } from "./rule.js";
import { noAmbiguousNumber } from "./rules/noAmbiguousNumber.js";
import { noBlockedPathMtu } from "./rules/noBlockedPathMtu.js";
import { noContradiction } from "./rules/noContradiction.js";
import { noDuplicateRule } from "./rules/noDuplicateRule.js";
import { noEarlyState } from "./rules/noEarlyState.js";
import { noEmptyJump } from "./rules/noEmptyJump.js";
import { noFamilyGap } from "./rules/noFamilyGap.js";
import { noHostBits } from "./rules/noHostBits.js";
import { noIdleReturn } from "./rules/noIdleReturn.js";
import { noIgnoredNotrack } from "./rules/noIgnoredNotrack.js";
import { noImpossibleInterface } from "./rules/noImpossibleInterface.js";
import { noLateInvalidDrop } from "./rules/noLateInvalidDrop.js";
import { noLateMark } from "./rules/noLateMark.js";
import { noLoopbackRedirect } from "./rules/noLoopbackRedirect.js";
import { noMarkInNat } from "./rules/noMarkInNat.js";
import { noNatPriority } from "./rules/noNatPriority.js";
import { noNegatedAlternatives } from "./rules/noNegatedAlternatives.js";
import { noOpenPolicy } from "./rules/noOpenPolicy.js";
import { noOverlongText } from "./rules/noOverlongText.js";
import { noOverruledAccept } from "./rules/noOverruledAccept.js";
import { noPartialMark } from "./rules/noPartialMark.js";
import { noReversedLimit } from "./rules/noReversedLimit.js";
import { noReversedRange } from "./rules/noReversedRange.js";
import { noShadowedRule } from "./rules/noShadowedRule.js";
import { noStateInNat } from "./rules/noStateInNat.js";
import { noUnclosedQuote } from "./rules/noUnclosedQuote.js";
import { noUnfilteredNew } from "./rules/noUnfilteredNew.js";
import { noUnreachableRule } from "./rules/noUnreachableRule.js";
import { noUnrestoredMark } from "./rules/noUnrestoredMark.js";
import { noUnsavedMark } from "./rules/noUnsavedMark.js";
import { noUntrackedState } from "./rules/noUntrackedState.js";
import { noUntranslatedMatch } from "./rules/noUntranslatedMatch.js";
import { noUnusedChain } from "./rules/noUnusedChain.js";
import { noUnusedSet } from "./rules/noUnusedSet.js";
import { noUnusedVariable } from "./rules/noUnusedVariable.js";
import { noUserChainPolicy } from "./rules/noUserChainPolicy.js";
import { noWeekdayRange } from "./rules/noWeekdayRange.js";
import { useEstablishedAccept } from "./rules/useEstablishedAccept.js";
import { useFlushRuleset } from "./rules/useFlushRuleset.js";
import { useFullFlagMask } from "./rules/useFullFlagMask.js";
import { useLogSeparator } from "./rules/useLogSeparator.js";
import { useLoopbackAccept } from "./rules/useLoopbackAccept.js";
import { useMasqueradeInterface } from "./rules/useMasqueradeInterface.js";
import { useNeighbourDiscovery } from "./rules/useNeighbourDiscovery.js";
import { useVerdict } from "./rules/useVerdict.js";

/** Every lint there is, in the order of the table in the docs. */
export const lints: readonly Lint[] = [
  noAmbiguousNumber,
  noBlockedPathMtu,
  noContradiction,
  noDuplicateRule,
  noEarlyState,
  noEmptyJump,
  noFamilyGap,
  noHostBits,
  noIdleReturn,
  noIgnoredNotrack,
  noImpossibleInterface,
  noLateInvalidDrop,
  noLateMark,
  noLoopbackRedirect,
  noMarkInNat,
  noNatPriority,
  noNegatedAlternatives,
  noOpenPolicy,
  noOverlongText,
  noOverruledAccept,
  noPartialMark,
  noReversedLimit,
  noReversedRange,
  noShadowedRule,
  noStateInNat,
  noUnclosedQuote,
  noUnfilteredNew,
  noUnreachableRule,
  noUnrestoredMark,
  noUnsavedMark,
  noUntrackedState,
  noUntranslatedMatch,
  noUnusedChain,
  noUnusedSet,
  noUnusedVariable,
  noUserChainPolicy,
  noWeekdayRange,
  useEstablishedAccept,
  useFlushRuleset,
  useFullFlagMask,
  useLogSeparator,
  useLoopbackAccept,
  useMasqueradeInterface,
  useNeighbourDiscovery,
  useVerdict,
];
