import { UsageError } from "../../errors.ts";
import { RefusedError, unlessAbsent } from "./answers.ts";
import type { Api } from "./api.ts";
import { experimentAnswer, experimentCreated } from "./forms.ts";

/** A server's experiments, by their names. An active one is asked for once a process. */
export interface Experiments {
  /** The experiment's id, of a deleted one too; undefined where there is none. */
  find(name: string): Promise<string | undefined>;
  /**
   * The id of the active experiment, which is made where it is missing.
   *
   * @throws {UsageError} when one of this name was deleted: MLflow makes no second one
   */
  ensure(name: string): Promise<string>;
}

export function openExperiments(api: Api): Experiments {
  const active = new Map<string, string>();

  const find = async (name: string) => {
    const found = await read(api, name);
    if (found?.lifecycle_stage === "active") active.set(name, found.experiment_id);
    return found;
  };

  const create = async (name: string): Promise<string> => {
    const look = async (by: Api) => {
      const made = await read(by, name);
      return made && { experiment_id: made.experiment_id };
    };
    try {
      return (await api.call("POST", "experiments/create", { name }, experimentCreated, look)).experiment_id;
    } catch (error) {
      // Somebody else made it just now.
      if (!(error instanceof RefusedError) || error.code !== "RESOURCE_ALREADY_EXISTS") throw error;
      const made = await find(name);
      if (made === undefined) throw error;
      return made.experiment_id;
    }
  };

  return {
    find: async (name) => active.get(name) ?? (await find(name))?.experiment_id,
    async ensure(name) {
      const known = active.get(name);
      if (known !== undefined) return known;
      const id = (await requireActive(api, name)) ?? (await create(name));
      active.set(name, id);
      return id;
    },
  };
}

/**
 * The id of an experiment; undefined where there is none.
 *
 * @throws {UsageError} when one of this name was deleted
 */
export async function requireActive(api: Api, name: string): Promise<string | undefined> {
  const found = await read(api, name);
  if (found !== undefined && found.lifecycle_stage !== "active")
    throw new UsageError(
      `experiment ${JSON.stringify(name)} of MLflow at ${api.uri} was deleted`,
      `mlflow experiments restore --experiment-id ${found.experiment_id}, or name another one in tracking.experiment`,
    );
  return found?.experiment_id;
}

async function read(api: Api, name: string) {
  const answer = await unlessAbsent(() =>
    api.call("GET", "experiments/get-by-name", { experiment_name: name }, experimentAnswer),
  );
  return answer?.experiment;
}
