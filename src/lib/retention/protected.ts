import { comparison, registration } from "../artifacts/artifacts.ts";
import { parseJson } from "../artifacts/json-text.ts";
import { InputError } from "../errors.ts";
import { isFrom, originOf } from "../integrity/origin.ts";
import type { Archive } from "../stage/archive.ts";
import { readPrevious } from "../stage/handles.ts";
import { keyOf } from "../stage/inputs.ts";
import { refuseLostRegistry } from "../tracking/lost-registry.ts";
import { requirePresent } from "../tracking/present.ts";
import { type Registry, wasInProduction } from "../tracking/promotion-plan.ts";
import { tags } from "../tracking/tags.ts";
import type { ModelVersion, Tracking } from "../tracking/tracking.ts";
import { addDays, type Night } from "../workspace/night.ts";
import { inBatches } from "./batches.ts";

/** Which versions a night's files are needed for. */
export interface Protection {
  /** The numbers of the versions that came from the night and are in use, or ever were; none for most nights. */
  versionsFrom(night: string): Promise<readonly number[]>;
}

interface Asked {
  readonly archive: Archive;
  readonly tracking: Tracking;
  /** the section `register` */
  readonly registry: Registry;
  /** all nights that records speak of */
  readonly nights: readonly Night[];
  /** the newest decided one */
  readonly newest: Night;
  /** YYYY-MM-DD */
  readonly today: string;
}

/**
 * Asks the registry which versions are in use, or ever were: in Staging or Production, with an alias, promoted once, or in
 * production as an earlier night's comparison saw it, where somebody had moved it in MLflow's own pages.
 *
 * @throws {ChurnError} when the registry can't be asked, can't be read whole, or has lost what the newest night saw there
 */
export async function askRegistry({ archive, tracking, registry, nights, newest, today }: Asked): Promise<Protection> {
  await requirePresent(tracking);
  const lists = new Map<string, Promise<readonly ModelVersion[]>>();
  const versionsOf = (model: string) => {
    const list = lists.get(model) ?? tracking.modelVersions(model, refuseDamaged);
    lists.set(model, list);
    return list;
  };
  const versions = await versionsOf(registry.model);
  const dayAfter = addDays(newest.date, 1);
  const [judged, registered] = [
    await readPrevious(archive, comparison, dayAfter),
    await readPrevious(archive, registration, dayAfter),
  ];
  const earlier = judged && registered && { comparison: judged, registration: registered };
  await refuseLostRegistry(tracking, versions, earlier, { model: registry.model, via: registry.via, date: today });

  const seen = await seenInProduction(archive, nights);
  const isInUse = (version: ModelVersion) =>
    version.stage === "Staging" ||
    version.stage === "Production" ||
    version.aliases.length > 0 ||
    seen.has(version.version) ||
    wasInProduction(version) ||
    version.tag(tags.rejected) !== undefined;
  return {
    async versionsFrom(night) {
      const origin = await originOf(archive, night);
      const named = origin === undefined || origin.name === registry.model ? [] : await versionsOf(origin.name);
      const isOf = (version: ModelVersion) =>
        (version.tag(tags.night) === night && version.tag(tags.workspace) === archive.workspaceId) ||
        (origin !== undefined && isFrom(version, origin));
      return [...versions, ...named].filter((one) => isInUse(one) && isOf(one)).map(({ version }) => version);
    },
  };
}

/** It may be the very one that a night is kept for. */
function refuseDamaged(error: Error): never {
  throw error;
}

/** The versions that nights were held against. A report that is damaged tells nothing; `churn verify` does. */
async function seenInProduction({ store }: Archive, nights: readonly Night[]): Promise<ReadonlySet<number>> {
  const seen = await inBatches(nights, async ({ name }) => {
    const key = keyOf(comparison, name);
    try {
      const bytes = await store.read(key);
      return bytes && comparison.format.read(parseJson(bytes, key), key).production?.version;
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  });
  return new Set(seen.filter((version) => version !== undefined));
}
