import { harmConfig } from "./config.ts";
import { Dice } from "./dice.ts";
import { harmForeign } from "./foreign.ts";
import { type Champion, disown, harmModel, harmTags, type Way } from "./registry.ts";
import { configure, harmSource } from "./source.ts";

/** What is done harm to. */
export const targets = ["model", "tags", "source", "configuration", "foreign"] as const;

/** One harm, of a seed: the same seed is the same harm. */
export interface HostileCase {
  readonly seed: number;
  readonly target: (typeof targets)[number];
  readonly way: Way;
  /** whether the champion is churn's own, which has a digest; else it is somebody else's, as it always is for `foreign`, one that Python trained */
  readonly own: boolean;
}

/** Twenty seeds in a row try each target by structure three times and by byte once. */
export function hostileCase(seed: number): HostileCase {
  const target = targets[seed % targets.length] ?? "model";
  const round = Math.floor(seed / targets.length);
  return { seed, target, way: round % 4 === 3 ? "byte" : "structure", own: target !== "foreign" && round % 3 === 0 };
}

/** The case in words, with what repeats it. */
export function describeCase({ seed, target, way, own }: HostileCase): string {
  const whose =
    target === "model" || target === "tags" ? (own ? " of churn's own champion" : " of another's champion") : "";
  return `seed ${seed}: ${target}${whose} by ${way}`;
}

/** Does the harm. @returns how, for the one who looks for the reason */
export async function inflict(
  { seed, target, way, own }: HostileCase,
  place: { readonly root: string; readonly others: string; readonly champion: Champion },
): Promise<string> {
  const { root, others, champion } = place;
  const dice = new Dice(seed);
  if (target === "foreign") return await harmForeign(champion, way, dice, others);
  if (!own) await disown(champion);
  if (target === "model") return await harmModel(champion, way, dice, others);
  if (target === "tags") return await harmTags(champion, way, dice, others);
  if (target === "configuration") return await harmConfig(root, way, dice, others);
  const { source, how } = await harmSource(root, way, dice, others);
  await configure(root, source);
  return how;
}
