import { unlessKnown } from "../errors.ts";
import { openChannels } from "../notify/open.ts";
import { knownNames, withoutData } from "../notify/outgoing.ts";
import { openFolderStore } from "../store/folder.ts";
import { workspaceId } from "../store/id.ts";
import { startId } from "../workspace/run-id.ts";
import type { Services } from "../workspace/services.ts";
import type { SoundWorkspace } from "../workspace/workspace.ts";
import type { News, ToldFinding } from "./once.ts";
import { type HeldState, NOTHING_TOLD, type WatchdogState } from "./state.ts";
import { messageOf, tell } from "./tell.ts";

/** Tells the team what is new, and what has not been told yet, and the ledger what has cleared. @returns the state then, kept */
export async function tellTeam(
  { workspace, services }: { readonly workspace: SoundWorkspace; readonly services: Services },
  held: HeldState,
  { findings, news }: { readonly findings: readonly ToldFinding[]; readonly news: News },
): Promise<WatchdogState> {
  const { root, config, store, redact, ledger, environment } = workspace;
  const id = startId(new Date());
  ledger.run = id;
  for (const { what, since } of news.cleared)
    ledger.append({ event: "cleared", night: null, what, since, nights: null });
  if (findings.length === 0) {
    if (held.state.standing.length > 0 || held.isNew) held.keep(NOTHING_TOLD);
    return NOTHING_TOLD;
  }
  // A run may hold the store: what goes into a bucket needs its lease.
  const channels = store.isLocal
    ? services.channels()
    : openChannels({ settings: config.notify, store: openFolderStore(root), root, environment, say: () => {} });
  const folder = redact(root);
  return await tell(
    held.state,
    { message: messageOf(findings, folder), news, key: `watchdog.${id}` },
    {
      channels,
      settings: config.notify,
      outgoing: (letter) => withoutData(letter, knownNames(config)),
      redact,
      // Whose it is, a message can do without.
      workspace: { id: (await workspaceId(store).catch(unlessKnown)) ?? "", folder },
      at: () => new Date().toISOString(),
      keep: held.keep,
      onTold: (event) => ledger.append(event),
    },
  );
}
