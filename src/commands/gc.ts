import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { fitted } from "../lib/cli/output/fit.ts";
import { removalJson, removalLines, unreadableLines } from "../lib/cli/output/gc.ts";
import { waitingFor } from "../lib/cli/output/waiting.ts";
import { warn } from "../lib/cli/output/warn.ts";
import { duration } from "../lib/config/duration.ts";
import { InputError, UsageError } from "../lib/errors.ts";
import { collectOld } from "../lib/retention/gc.ts";
import { limitsOf, newestLimit } from "../lib/retention/limits.ts";
import { planRemoval } from "../lib/retention/plan.ts";
import type { Stage } from "../lib/stage/define.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import { workspaceId } from "../lib/store/id.ts";
import { holdWorkspace } from "../lib/workspace/hold.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { today } from "../lib/workspace/night.ts";
import { openServices } from "../lib/workspace/services.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  keep: duration.optional().describe("how long files are kept, such as 30d; by default as retention says"),
  dry_run: z.boolean().default(false).describe("say what would be removed, and change nothing"),
});

/** Removes the tables and models of old nights, but for those that a version in use came from. Records and reports stay. */
export function gc(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "gc",
    group: "The files",
    summary: "removes tables and models of old nights",
    flags,

    async run(context, { keep, dry_run: dryRun }) {
      const { terminal } = context;
      const workspace = await openWorkspace(context);
      const { root, config, store, redact, loaded } = workspace;
      const limits = limitsOf(keep, config, context.now);
      if (newestLimit(limits) === undefined)
        throw new UsageError(
          "neither --keep nor retention of churn.yaml says how long files are kept",
          "churn gc --keep 30d --dry-run shows what would be removed",
        );
      await requireKnownStore(workspace);
      const records = { store, workspaceId: (await workspaceId(store)) ?? "" };
      await requireKnownRegistry(records, { root, settings: config.tracking, origins: loaded.origins });
      await using services = openServices(workspace, terminal.print);
      const request = {
        tracking: services.tracking,
        registry: config.register,
        limits,
        today: today(config.timezone, context.now),
      };
      const archive = { ...records, stages, redact };
      const removal = dryRun
        ? { ...(await planRemoval({ ...request, archive })), cacheBytes: 0 }
        : await holdWorkspace(
            workspace,
            "gc",
            (held) =>
              collectOld({
                ...request,
                archive: { ...archive, workspaceId: held.workspaceId },
                root,
                config,
                onStart: (night) => terminal.status(`night of ${night}`),
              }),
            { onWait: waitingFor(terminal) },
          );
      terminal.status(undefined);
      for (const line of unreadableLines(removal)) warn(terminal, line);
      if (context.json) terminal.printJson(removalJson(removal, { dryRun }));
      else
        for (const line of removalLines(removal, { dryRun }).flatMap((one) => fitted(one, terminal.onScreen)))
          terminal.print(line);
      const damaged = removal.kept.filter(({ unreadable }) => unreadable !== null).map(({ night }) => night);
      if (damaged.length > 0) throw leftAsTheyAre(damaged);
    },
  });
}

function leftAsTheyAre(nights: readonly string[]): InputError {
  const [first] = nights;
  return nights.length === 1
    ? new InputError(
        `the night of ${first} is damaged, and was left as it is`,
        `churn verify --date ${first} says what can be done`,
      )
    : new InputError(
        `${nights.length} nights are damaged, and were left as they are`,
        "churn verify --all says what can be done",
      );
}
