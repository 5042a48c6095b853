import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { statusLines } from "../lib/cli/output/status.ts";
import { warn } from "../lib/cli/output/warn.ts";
import { FailingServiceError } from "../lib/errors.ts";
import type { Stage } from "../lib/stage/define.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import { statusFormat } from "../lib/status/format.ts";
import { statusOf } from "../lib/status/status.ts";
import { beyondReach } from "../lib/store/beyond-reach.ts";
import { workspaceId } from "../lib/store/id.ts";
import { openStore } from "../lib/store/open.ts";
import type { Store } from "../lib/store/store.ts";
import { askRegistry, toldRegistry, unaskedRegistry } from "../lib/tracking/ask-registry.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openToTell } from "../lib/workspace/tell.ts";

const flags = z.strictObject({
  nights: z.int().min(1).max(1000).default(14).describe("how many of the newest ones"),
});

/** Nobody waits for a registry here, or for a bucket: the ledger knows the rest. */
const REGISTRY_DEADLINE = "2s";
const STORE_DEADLINE = "5s";

/** Says how the nights stand, what is in production, and what starts the next one. Reads only. */
export function status(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "status",
    group: "A night",
    summary: "the last nights, what is in production, the next run",
    flags,

    async run(context, { nights }) {
      const { terminal, now, env } = context;
      const workspace = await openToTell(context);
      const { root, config, environment, redact, loaded, unasked } = workspace;
      const { model, via } = config.register;
      const tracking = { ...config.tracking, deadline: REGISTRY_DEADLINE };
      await using services = openServices({ ...workspace, config: { ...config, tracking } }, terminal.print);
      const statusBy = async (store: Store) => {
        const place = { root, store, workspaceId: (await workspaceId(store)) ?? "", stages, redact };
        const asked = async () => {
          await requireKnownRegistry(place, { root, settings: config.tracking, origins: loaded.origins });
          return await askRegistry(services.tracking, model, via);
        };
        const registry = async () => (unasked === undefined ? await toldRegistry(asked) : unaskedRegistry(unasked));
        return await statusOf({ place, config, env, now, nights, registry });
      };
      const store = openStore(config.store, { s3: { ...config.s3, deadline: STORE_DEADLINE }, root, environment });
      const found = await requireKnownStore({ ...workspace, store })
        .then(() => statusBy(store))
        .catch(async (error: unknown) => {
          if (!(error instanceof FailingServiceError)) throw error;
          const { problems, ...known } = await statusBy(beyondReach(store));
          return { ...known, problems: [`what ${store.address} knows is missing here: ${error.message}`, ...problems] };
        });
      if (context.json) {
        terminal.printJson(statusFormat.write(found));
        return;
      }
      for (const problem of found.problems) warn(terminal, problem);
      const shown = { chalk: terminal.chalk.stdout, timezone: config.timezone };
      for (const line of statusLines(found, shown)) terminal.print(line);
    },
  });
}
