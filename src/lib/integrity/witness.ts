import { ChurnError } from "../errors.ts";
import { messageKey } from "../notify/file.ts";
import type { Archive } from "../stage/archive.ts";
import type { Witness } from "../stage/decided.ts";
import { requirePresent } from "../tracking/present.ts";
import { tags } from "../tracking/tags.ts";
import type { Services } from "../workspace/services.ts";

/**
 * What tells of a night's decision apart from its records: the message to the team, and a version in the registry. A registry
 * that can't be asked tells nothing: a run ends before it changes anything.
 *
 * @param model  the registered model's name
 */
export function witnessOf(
  { store, workspaceId }: Archive,
  services: Pick<Services, "tracking">,
  model: string,
): Witness {
  const ownVersions = async () => {
    try {
      const tracking = await services.tracking();
      // A server that is down would be asked again for minutes, and the night is to say so at once; a slow one has its time.
      await requirePresent(tracking);
      const versions = await tracking.modelVersions(model);
      return versions.filter((version) => version.tag(tags.workspace) === workspaceId);
    } catch (error) {
      if (error instanceof ChurnError) return [];
      throw error;
    }
  };
  let asked: ReturnType<typeof ownVersions> | undefined;
  return async (night) => {
    const message = messageKey(night);
    if ((await store.read(message)) !== undefined) return message;
    asked ??= ownVersions();
    const version = (await asked).find((one) => one.tag(tags.night) === night);
    return version === undefined ? undefined : `version ${version.version} of ${model}`;
  };
}
