import { addDays } from "../../../src/lib/workspace/night.ts";
import { mulberry32 } from "../../support/mulberry32.ts";

/** What goes wrong with a night. */
export type Trouble =
  /** the day's customers are not there until noon */
  | "missing snapshot"
  /** a third of them is, until noon */
  | "half-loaded snapshot"
  /** MLflow's server is down from its first request on */
  | "dead service"
  /** power is lost in the midst of a stage */
  | "kill"
  | "full disk"
  /** nothing starts */
  | "off";

/** One day of a simulation. */
export interface PlannedDay {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly trouble: Trouble | undefined;
  /** of a kill: the stage that it hits */
  readonly stage: string;
  /** whether somebody promotes the newest version at noon, where there is one that isn't in production */
  readonly promotes: boolean;
}

const SINGLE = ["missing snapshot", "half-loaded snapshot", "dead service", "kill", "full disk"] as const;
const STAGES = ["extract", "validate", "transform", "features", "train", "evaluate", "compare", "register"];
/** Days that the machine is off together. */
const OFF_DAYS = 3;

/**
 * Days of a seed. Each trouble comes once before any comes twice, the machine is off once for three days, the first night and
 * the last one have none.
 *
 * @param options.first   the first day
 * @param options.days    at least 10
 */
export function planDays(
  seed: number,
  { first, days }: { readonly first: string; readonly days: number },
): PlannedDay[] {
  const random = mulberry32(seed);
  const draw = <T>(from: readonly T[]): T => {
    const drawn = from[Math.floor(random() * from.length)];
    if (drawn === undefined) throw new RangeError("nothing to draw from");
    return drawn;
  };
  const troubles: (Trouble | undefined)[] = Array.from({ length: days }, () => undefined);
  const free = () => troubles.flatMap((one, day) => (one === undefined && day > 0 && day < days - 1 ? [day] : []));
  const off = draw(free().filter((day) => day + OFF_DAYS <= days - 1));
  troubles.fill("off", off, off + OFF_DAYS);
  for (const trouble of SINGLE) troubles[draw(free())] = trouble;
  for (const day of free()) if (random() < 0.3) troubles[day] = draw(SINGLE);
  return troubles.map((trouble, day) => ({
    date: addDays(first, day),
    trouble,
    stage: draw(STAGES),
    promotes: day === 0 || random() < 0.4,
  }));
}
