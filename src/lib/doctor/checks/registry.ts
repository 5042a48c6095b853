import { comparison, registration } from "../../artifacts/artifacts.ts";
import { ChurnError } from "../../errors.ts";
import type { LedgerEvent } from "../../ledger/events.ts";
import { HISTORY_KINDS } from "../../ledger/history.ts";
import { readLedger } from "../../ledger/read.ts";
import type { Archive } from "../../stage/archive.ts";
import { readPrevious } from "../../stage/handles.ts";
import { requireKnownRegistry } from "../../stage/known-registry.ts";
import { lostProduction, lostSentence } from "../../status/lost-production.ts";
import { refuseForgottenVersions, refuseLostRegistry } from "../../tracking/lost-registry.ts";
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
  const archive = await opened.archive();
  const wrong = await amiss([
    async () => productionVersion(versions, via),
    async () => archive !== undefined && (await requireNothingLost(opened, archive, tracking, versions)),
    // Of a model that is not there a server doesn't say who may make it.
    async () => versions.length > 0 && (await tracking.requireRights({ model })),
  ]);
  if (wrong.length > 0) return [...wrong, ...damaged];
  const lost = archive === undefined ? [] : await lostFindings(opened, archive, versions);
  return [...(lost.length > 0 ? lost : [fine(whatThereIs(opened, versions))]), ...damaged];
}

async function requireNothingLost(
  opened: Opened,
  archive: Archive,
  tracking: Tracking,
  versions: readonly ModelVersion[],
): Promise<void> {
  const { config, now } = opened;
  const { model, via } = config.register;
  const date = today(config.timezone, now);
  const before = await readPrevious(archive, comparison, date);
  const registered = await readPrevious(archive, registration, date);
  const earlier =
    before === undefined || registered === undefined ? undefined : { comparison: before, registration: registered };
  const place = { model, date, via, now };
  await refuseLostRegistry(tracking, versions, earlier, place);
  await refuseForgottenVersions(tracking, versions, () => toldOf(opened, archive), place);
}

/** What was taken out of production by other means than churn's: a night goes on with it, without a model to beat. */
async function lostFindings(
  opened: Opened,
  archive: Archive,
  versions: readonly ModelVersion[],
): Promise<readonly Finding[]> {
  const { root, config, now } = opened;
  const { model, via } = config.register;
  if (productionVersion(versions, via) !== undefined) return [];
  const place = { root, store: archive.store };
  const told = await toldOf(opened, archive);
  const lost = await lostProduction({ versions, current: null, problems: [] }, told, { place, model, now });
  if (lost === undefined) return [];
  const said = lostSentence(lost, { model, versions: versions.length, timezone: config.timezone });
  return [warning(said, "churn history shows what is known of it; churn promote --version N puts one there")];
}

async function toldOf({ root, now }: Opened, archive: Archive): Promise<readonly LedgerEvent[]> {
  return (await readLedger({ ...archive, root }, { kinds: HISTORY_KINDS, now })).events;
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
