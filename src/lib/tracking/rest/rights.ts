import { UsageError } from "../../errors.ts";
import { ForbiddenError, isUnknownCall, RefusedError } from "./answers.ts";
import type { Api } from "./api.ts";
import { requireActive } from "./experiments.ts";
import { nothing } from "./forms.ts";

/**
 * Makes sure that this user may write where a night does, as far as a server says so without anything being written: it is asked to set
 * a tag that has no name. One that keeps rights looks at them first, and refuses what it was asked for then.
 *
 * @param places.experiment  its name; one that isn't there will be made, which nobody can be asked about
 * @param places.model       a registered model that is there
 * @throws {UsageError} when the user may not, or the experiment was deleted
 */
export async function requireRights(
  { tracking, registry }: { readonly tracking: Api; readonly registry: Api },
  places: { readonly experiment: string } | { readonly model: string },
): Promise<void> {
  if ("model" in places) {
    const { model } = places;
    return await ask(registry, "registered-models/set-tag", { name: model }, `the model ${model}`);
  }
  const { experiment } = places;
  const found = await requireActive(tracking, experiment);
  if (found !== undefined)
    await ask(tracking, "experiments/set-experiment-tag", { experiment_id: found }, `the experiment ${experiment}`);
}

async function ask(api: Api, path: string, values: Readonly<Record<string, string>>, what: string): Promise<void> {
  try {
    await api.call("POST", path, values, nothing);
  } catch (error) {
    if (error instanceof ForbiddenError)
      throw new UsageError(
        `MLflow at ${api.uri} lets this user read ${what}, and write nothing there (403)`,
        "its administrator gives the right to it: EDIT",
        { cause: error },
      );
    // That there is no such tag, or no such call, says nothing of rights.
    if (!(error instanceof RefusedError) && !isUnknownCall(error)) throw error;
  }
}
