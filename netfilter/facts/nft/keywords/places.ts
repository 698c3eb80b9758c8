import { chainTypes, families, hooks } from "../../hooks.js";
import { priorityNames } from "../../priorities.js";
import type { Keyword } from "../types.js";

/** The words of facts/hooks.ts and facts/priorities.ts. A word that means different things by family comes once for each. */
export const places: readonly Keyword[] = [
  ...families.map((fact) => ({ ...fact, group: "family" as const })),
  ...hooks.map((fact) => ({ ...fact, group: "hook" as const })),
  ...chainTypes.map(({ places: _, ...fact }) => ({ ...fact, group: "chainType" as const })),
  ...priorityNames.map((fact) => ({ ...fact, group: "priority" as const })),
];
