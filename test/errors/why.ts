import { join } from "node:path";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { askRegistry } from "../../src/lib/tracking/ask-registry.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { missedNight } from "../../src/lib/why/missed.ts";
import { lifeOfVersion } from "../../src/lib/why/version.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { least } from "../support/config-workspace.ts";
import { modelName as model, registerVersion } from "../support/tracking-folder.ts";
import type { Row } from "./row.ts";

const now = new Date("2026-11-23T12:00:00Z");

/** Asks for a version where there is one, which carries these tags. */
const versionIn =
  (version: number, own: Record<string, string> = {}) =>
  async (root: string) => {
    const tracking = openFolder(join(root, "mlruns"));
    await registerVersion(tracking, "2026-11-23", own);
    const place = { store: openFolderStore(root), workspaceId: "w", stages: [], redact: String, root };
    await lifeOfVersion(place, { model, version }, await askRegistry(async () => tracking, model, undefined), now);
  };

export const why: readonly Row[] = [
  {
    cause: "why of a day before all nights",
    by: async (root) => {
      const config = configSchema.parse({ ...parse(least), timezone: "UTC" });
      const place = { store: openFolderStore(root), workspaceId: "w", stages: [], redact: String, root };
      await missedNight(place, nightOf("2026-11-01", 1), { config, env: { PATH: root }, now });
    },
    code: 2,
    says: "there is no night of 2026-11-01 in this store",
    next: "churn status shows the newest ones",
  },
  {
    cause: "why of a version that isn't there",
    by: versionIn(9),
    code: 2,
    says: "there is no version 9 of churn-model",
    next: "churn models --all shows those that are there",
  },
  {
    cause: "why of a version that nobody can say anything of",
    by: async (root) => {
      const place = { store: openFolderStore(root), workspaceId: "w", stages: [], redact: String, root };
      const registry = { versions: undefined, current: undefined, problems: [] };
      await lifeOfVersion(place, { model, version: 9 }, registry, now);
    },
    code: 2,
    says: "the ledger knows of no version 9 of churn-model, and the registry can't be asked",
    next: "churn doctor says why",
  },
  {
    cause: "why of a version that somebody registered by hand",
    by: versionIn(1),
    code: 2,
    says: "version 1 of churn-model was registered by something else than a night of churn's",
    next: "churn models shows what is known of it",
  },
  {
    cause: "why of another workspace's version",
    by: versionIn(1, { [tags.workspace]: "another", [tags.night]: "2026-11-23" }),
    code: 2,
    says: "version 1 of churn-model was made by a night of another workspace, another",
    next: "churn models shows what is known of it",
  },
];
