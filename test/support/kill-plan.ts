import { pipeline } from "../../src/pipeline.ts";
import { mulberry32 } from "./mulberry32.ts";

/** Who is killed: the process of a stage, the supervisor alone, or the supervisor and all its stages at once. */
export const targets = ["stage", "supervisor", "everything"] as const;
/** The same for a store at a server, which dies as often as churn. */
export const targetsAtServer = ["stage", "server", "supervisor", "server", "everything", "server"] as const;
export type Target = (typeof targets)[number] | "server";

/** When: a share of a stage's usual time after it began, or, without a stage, a share of the whole night's. */
export interface Moment {
  readonly stage: string | undefined;
  readonly share: number;
}

export interface Kill {
  readonly target: Target;
  readonly moment: Moment;
  /** whose process, when it isn't that of the moment's stage: the next one waits for its word meanwhile */
  readonly process?: string;
}

/** A night and its kills, one after the other: each start but the last is killed. */
export interface KillCase {
  readonly seed: number;
  /** `first`: of a new workspace, so that MLflow's folder is made; `later`: with a model in production and a candidate. */
  readonly night: "first" | "later";
  readonly kills: readonly Kill[];
}

/** The case of a seed: the same seed is the same case. 27 seeds in a row kill each stage in each of the three ways. */
export function killCase(seed: number, of: readonly Target[] = targets): KillCase {
  const random = mulberry32(seed);
  const names = pipeline.map(({ name }) => name);
  const target = (offset: number) => of[(seed + Math.floor(seed / names.length) + offset) % of.length];
  const anywhere = random() < 0.25;
  const first = seed % names.length;
  const kills: Kill[] = [
    { target: target(0) ?? "everything", moment: { stage: anywhere ? undefined : names[first], share: random() } },
  ];
  // A start that was killed in a stage finds the earlier ones up to date: the next kill strikes there or later.
  while (random() < 0.25 && kills.length < 4) {
    const from = anywhere ? 0 : first;
    const stage = names[from + Math.floor(random() * (names.length - from))];
    kills.push({ target: target(kills.length) ?? "everything", moment: { stage, share: random() } });
  }
  return { seed, night: random() < 0.25 ? "first" : "later", kills };
}

const WHO: Readonly<Record<Target, string>> = {
  stage: "a stage",
  supervisor: "the supervisor",
  everything: "everything",
  server: "the server",
};

/** The case in words, with what repeats it. */
export function describeCase({ seed, night, kills }: KillCase): string {
  const words = kills.map(({ target, moment }) => {
    const share = `${Math.round(moment.share * 100)} %`;
    const who = WHO[target];
    return moment.stage === undefined ? `${who} at ${share} of the night` : `${who} at ${share} of ${moment.stage}`;
  });
  return `seed ${seed}, ${night} night: ${words.join(", then ")}`;
}
