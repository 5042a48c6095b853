import { comparison, registration } from "../../artifacts/artifacts.ts";
import { ChurnError } from "../../errors.ts";
import { readPrevious } from "../../stage/handles.ts";
import { requireKnownRegistry } from "../../stage/known-registry.ts";
import { refuseLostRegistry } from "../../tracking/lost-registry.ts";
import { requirePresent } from "../../tracking/present.ts";
import { isCandidate, productionVersion } from "../../tracking/production.ts";
import type { ModelVersion, Tracking } from "../../tracking/tracking.ts";
import { today } from "../../workspace/night.ts";
import { amiss } from "../amiss.ts";
import { type Finding, fine, type Opened, START, type WorkspaceCheck, warning } from "../check.ts";

/** Where models are registered: whether it is the known one, and what it has in production. */
export const registry: WorkspaceCheck = {
  kind: "workspace",
  name: "registry",
  reads: ["tracking", "register", "timezone", "s3"],
  stage: "compare",
  look: async (opened, { doing, note }) => {
    const { root, config, origins } = opened;
    const archive = await opened.archive();
    const known = await amiss(
      archive === undefined ? [] : [() => requireKnownRegistry(archive, { root, settings: config.tracking, origins })],
    );
    for (const finding of known) note({ ...finding, stage: START });
    const tracking = await opened.services.tracking();
    try {
      await requirePresent(tracking);
    } catch (error) {
      if (!(error instanceof ChurnError)) throw error;
      return [{ state: "unknown", text: "not looked at: MLflow first" }];
    }
    doing(`asking the registry at ${tracking.registryUri} for ${config.register.model}`, "warning");
    return await found(opened, tracking);
  },
};

async function found(opened: Opened, tracking: Tracking): Promise<readonly Finding[]> {
  const { model, via } = opened.config.register;
  const damaged: Finding[] = [];
  const versions = await tracking.modelVersions(model, ({ message }) => damaged.push(warning(message)));
  const wrong = await amiss([
    async () => productionVersion(versions, via),
    () => requireNothingLost(opened, tracking, versions),
    // Of a model that is not there a server doesn't say who may make it.
    async () => versions.length > 0 && (await tracking.requireRights({ model })),
  ]);
  return [...(wrong.length > 0 ? wrong : [fine(whatThereIs(opened, versions))]), ...damaged];
}

async function requireNothingLost(
  opened: Opened,
  tracking: Tracking,
  versions: readonly ModelVersion[],
): Promise<void> {
  const { config, now } = opened;
  const archive = await opened.archive();
  if (archive === undefined) return;
  const { model, via } = config.register;
  const date = today(config.timezone, now);
  const before = await readPrevious(archive, comparison, date);
  const registered = await readPrevious(archive, registration, date);
  const earlier =
    before === undefined || registered === undefined ? undefined : { comparison: before, registration: registered };
  await refuseLostRegistry(tracking, versions, earlier, { model, date, via });
}

function whatThereIs({ config }: Opened, versions: readonly ModelVersion[]): string {
  const { model, via } = config.register;
  const production = productionVersion(versions, via);
  const candidate = versions.find((version) => version !== production && isCandidate(version, via));
  const said = [
    production === undefined ? "nothing in production" : `version ${production.version} in production`,
    ...(candidate === undefined ? [] : [`version ${candidate.version} is the candidate`]),
  ];
  return `${model}: ${versions.length === 0 ? "no version yet" : said.join(", ")}`;
}
