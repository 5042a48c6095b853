import type { Config } from "../config/schema.ts";
import type { Archive } from "../stage/archive.ts";
import type { Stage } from "../stage/define.ts";
import { laterNight, newestNight } from "../stage/nights.ts";
import type { Store } from "../store/store.ts";
import { planNight } from "../supervise/run-night.ts";
import type { Services } from "../workspace/services.ts";
import type { FillFlags } from "./fill.ts";
import type { PlannedDay } from "./report.ts";

/** What would be done about days, as each stands now: a night that is decided before it makes no later one an older one. Nothing is written. */
export async function planDays({
  pipeline,
  archive,
  services,
  config,
  today,
  days,
  flags,
}: {
  readonly pipeline: readonly Stage[];
  readonly archive: Archive;
  readonly services: Services;
  readonly config: Config;
  /** YYYY-MM-DD */
  readonly today: string;
  readonly days: readonly string[];
  readonly flags: Pick<FillFlags, "allow_register" | "accept_empty_registry">;
}): Promise<readonly PlannedDay[]> {
  const planned: PlannedDay[] = [];
  const still = { ...archive, store: asItStands(archive.store) };
  for (const date of days) {
    const night = await newestNight(still, date);
    const plans = await planNight({
      archive: still,
      services,
      config,
      night,
      today,
      stages: pipeline,
      force: false,
      from: undefined,
      flags: { ...flags },
      anew: false,
    });
    const is_older = (await laterNight(still, date, today)) !== undefined;
    planned.push({
      date,
      night: night.name,
      first_stage: plans.find(({ runs }) => runs)?.stage.name ?? null,
      is_older,
      may_register: !is_older || flags.allow_register,
    });
  }
  return planned;
}

/** What its folders hold is asked once for all days: after years each of them would look through thousands of names. */
function asItStands(store: Store): Store {
  const lists = new Map<string, ReturnType<Store["list"]>>();
  return {
    ...store,
    list: (key) => {
      const list = lists.get(key) ?? store.list(key);
      lists.set(key, list);
      return list;
    },
  };
}
