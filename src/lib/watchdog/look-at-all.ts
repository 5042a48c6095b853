import { HISTORY_KINDS } from "../ledger/history.ts";
import { type LedgerPlace, readLedger } from "../ledger/read.ts";
import type { Stage } from "../stage/define.ts";
import { requireKnownRegistry } from "../stage/known-registry.ts";
import { workspaceId } from "../store/id.ts";
import { placesOf } from "../supervise/room.ts";
import { askRegistry, toldRegistry } from "../tracking/ask-registry.ts";
import { requireAddresses } from "../tracking/open.ts";
import { requireKnownStore } from "../workspace/known-store.ts";
import type { Services } from "../workspace/services.ts";
import { requireSoundStore, whyUnasked } from "../workspace/sound.ts";
import type { SoundWorkspace } from "../workspace/workspace.ts";
import type { Look } from "./finding.ts";
import { lookAtConfig } from "./look-at-config.ts";
import { lookAtDisks } from "./look-at-disks.ts";
import { lookAtNights } from "./look-at-nights.ts";
import { lookAtProduction } from "./look-at-production.ts";

/** What a watchdog looks at, and by what. */
export interface Watching {
  readonly workspace: SoundWorkspace;
  readonly services: Services;
  readonly stages: readonly Stage[];
  readonly now: Date;
}

/** Looks at all at once: each look is over as soon as what it asks has answered. */
export async function lookAtAll({ workspace, services, stages, now }: Watching): Promise<readonly Look[]> {
  const { root, config, store, redact, loaded } = workspace;
  let opened: Promise<LedgerPlace> | undefined;
  const ledger = () => {
    opened ??= openLedger();
    return opened;
  };
  const openLedger = async () => {
    await requireSoundStore(workspace);
    await requireKnownStore(workspace);
    return { root, store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
  };
  const registry = () =>
    toldRegistry(async () => {
      await requireKnownRegistry(await ledger(), { root, settings: config.tracking, origins: loaded.origins });
      return await askRegistry(services.tracking, config.register.model, config.register.via);
    });
  const told = async () => (await readLedger(await ledger(), { kinds: HISTORY_KINDS, now })).events;
  const { tracking } = requireAddresses(config.tracking, root);
  const where = { isLocal: tracking.kind === "folder", uri: tracking.kind === "folder" ? tracking.path : "" };
  const places = await placesOf({ root, store, tracking: async () => where });
  return await Promise.all([
    lookAtConfig(workspace),
    lookAtNights({ root, place: ledger }, config, now),
    lookAtProduction({ root, store, registry, told, unasked: whyUnasked(workspace) }, config, now),
    lookAtDisks([{ name: "the workspace", path: root }, ...places], config.watchdog.disk),
  ]);
}
