import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { confirm } from "../lib/cli/confirm.ts";
import { promotionJson, replacedBy, rollbackLine, rollbackQuestion } from "../lib/cli/output/promotion.ts";
import { waitingFor } from "../lib/cli/output/waiting.ts";
import { warn } from "../lib/cli/output/warn.ts";
import { reason as reasonFlag } from "../lib/cli/reason.ts";
import { scoringLimitSeconds } from "../lib/compare/scoring-limit.ts";
import { newestCustomers, requireScores } from "../lib/compare/serves.ts";
import { secondsOf } from "../lib/config/duration.ts";
import { TryLaterError } from "../lib/errors.ts";
import { asDeed, rolledBackEvents } from "../lib/ledger/deed.ts";
import { tellNews } from "../lib/notify/left.ts";
import { promotionNews } from "../lib/notify/promotion-news.ts";
import { requireTold } from "../lib/notify/undelivered.ts";
import type { Stage } from "../lib/stage/define.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import { workspaceId } from "../lib/store/id.ts";
import { planRollback, rollBack } from "../lib/tracking/rollback.ts";
import { holdWorkspace } from "../lib/workspace/hold.ts";
import { requireKnownStore } from "../lib/workspace/known-store.ts";
import { openServices } from "../lib/workspace/services.ts";
import { personName } from "../lib/workspace/user.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

const flags = z.strictObject({
  to: z
    .int()
    .positive()
    .optional()
    .meta({ value: "version" })
    .describe("the version to bring back; by default the former one"),
  reason: reasonFlag.optional().describe("why, for the versions' descriptions and tags"),
  yes: z.boolean().default(false).describe("don't ask"),
});

/** Puts the former model back into production, once it has shown that it loads and scores, and rejects the one that it replaces. */
export function rollback(stages: readonly Stage[]): Command<typeof flags> {
  return defineCommand({
    name: "rollback",
    group: "The models",
    summary: "the former version back into production",
    flags,

    async run(context, { to, reason, yes }) {
      const { terminal } = context;
      const workspace = await openWorkspace(context);
      const { root, config, store, redact, loaded } = workspace;
      await requireKnownStore(workspace);
      const records = { store, workspaceId: (await workspaceId(store)) ?? "" };
      await requireKnownRegistry(records, { root, settings: config.tracking, origins: loaded.origins });
      await using services = openServices(workspace, terminal.print);
      const tracking = await services.tracking();
      const command = `churn rollback${to === undefined ? "" : ` --to ${to}`}`;

      const agreed = await planRollback(tracking, config.register, to);
      terminal.status("scoring customers with it");
      const scored = await requireScores(tracking, agreed.version, {
        stored: await newestCustomers({ ...records, stages, redact }),
        threshold: config.evaluate.threshold,
        limitSeconds: scoringLimitSeconds(config),
        scoring: services.scoring((sentence) => warn(terminal, sentence)),
      });
      terminal.status(undefined);
      if (!context.json) terminal.say(`version ${agreed.version.version} loads, and scores ${scored}`);
      if (!yes && !(await confirm(terminal, rollbackQuestion(agreed), { what: "rollback", command }))) {
        terminal.say("nothing was changed");
        return;
      }
      // The lock isn't held while a person thinks, so the registry may be another one by now.
      const { promotion, told } = await holdWorkspace(
        workspace,
        "rollback",
        async () => {
          const plan = await planRollback(tracking, config.register, agreed.version.version);
          if (replacedBy(plan) !== replacedBy(agreed)) {
            throw new TryLaterError("the versions in production have changed while the model was looked at", command);
          }
          const deed = { by: personName(context.env), at: new Date(), reason };
          const { model, hold } = config.register;
          return await asDeed(workspace, async () => {
            const promotion = await rollBack(tracking, plan, deed);
            workspace.ledger.append(...rolledBackEvents(model, promotion, secondsOf(hold)));
            const told = await tellNews(services.team(), promotionNews("rolled_back", model, promotion));
            return { promotion, told };
          });
        },
        { onWait: waitingFor(terminal) },
      );

      if (context.json) {
        const { replaced, kind: _, ...rest } = promotionJson(config.register.model, promotion);
        terminal.printJson({ ...rest, rejected: replaced });
      } else terminal.print(rollbackLine(config.register.model, promotion));
      requireTold(told);
    },
  });
}
