import * as z from "zod";
import { defineCommand } from "../lib/cli/command.ts";
import { confirm, requireReleased } from "../lib/cli/confirm.ts";
import { promotionJson, promotionLine, promotionQuestion, replacedBy } from "../lib/cli/output/promotion.ts";
import { waitingFor } from "../lib/cli/output/waiting.ts";
import { reason as reasonFlag } from "../lib/cli/reason.ts";
import { secondsOf } from "../lib/config/duration.ts";
import { TryLaterError } from "../lib/errors.ts";
import { asDeed, promotedEvent } from "../lib/ledger/deed.ts";
import { tellNews } from "../lib/notify/left.ts";
import { promotionNews } from "../lib/notify/promotion-news.ts";
import { requireTold } from "../lib/notify/undelivered.ts";
import { requireKnownRegistry } from "../lib/stage/known-registry.ts";
import { workspaceId } from "../lib/store/id.ts";
import { promote as putIntoProduction } from "../lib/tracking/promote.ts";
import { planPromotion } from "../lib/tracking/promotion-plan.ts";
import { holdOf } from "../lib/tracking/rejection.ts";
import { holdWorkspace } from "../lib/workspace/hold.ts";
import { openServices } from "../lib/workspace/services.ts";
import { personName } from "../lib/workspace/user.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

/** Puts a version into production, for compare and for whoever serves it; the former one is kept. */
export const promote = defineCommand({
  name: "promote",
  group: "The models",
  summary: "a version from Staging to Production",
  flags: z.strictObject({
    version: z
      .int()
      .positive()
      .meta({ value: "version" })
      .describe("in Staging, Archived or once in Production; or of others"),
    reason: reasonFlag.optional().describe("why, for the version's description and tags"),
    yes: z.boolean().default(false).describe("don't ask"),
    force: z.boolean().default(false).describe("also a version that a rollback has rejected"),
    despite_hold: z.boolean().default(false).describe("also in the days after a rollback (register.hold)"),
  }),

  async run(context, { version, reason, yes, force, despite_hold }) {
    const { terminal } = context;
    const workspace = await openWorkspace(context);
    const { root, store, loaded } = workspace;
    const { timezone, register, tracking: settings } = workspace.config;
    const records = { store, workspaceId: (await workspaceId(store)) ?? "" };
    await requireKnownRegistry(records, { root, settings, origins: loaded.origins });
    await using services = openServices(workspace, terminal.print);
    const tracking = await services.tracking();
    const command = `churn promote --version ${version}${force ? " --force" : ""}`;

    const agreed = await planPromotion(tracking, register, version, { force });
    const hold = holdOf(await tracking.modelVersions(register.model), secondsOf(register.hold), context.now);
    const asked = yes || (await confirm(terminal, promotionQuestion(agreed), { what: "promote", command }));
    if (!asked || !(await requireReleased(terminal, hold, { despite: despite_hold, command, timezone }))) {
      terminal.say("nothing was changed");
      return;
    }
    // The lock isn't held while a person thinks, so the registry may be another one by now.
    const { promotion, told } = await holdWorkspace(
      workspace,
      `promote of version ${version}`,
      async () => {
        const plan = await planPromotion(tracking, register, version, { force });
        if (replacedBy(plan) !== replacedBy(agreed)) {
          throw new TryLaterError("the versions in Production have changed since the question was asked", command);
        }
        const deed = { by: personName(context.env), at: new Date(), reason };
        return await asDeed(workspace, async () => {
          const promotion = await putIntoProduction(tracking, plan, deed);
          workspace.ledger.append(promotedEvent(register.model, promotion, hold !== undefined));
          const told = await tellNews(services.team(), promotionNews("promoted", register.model, promotion));
          return { promotion, told };
        });
      },
      { onWait: waitingFor(terminal) },
    );

    if (context.json) terminal.printJson(promotionJson(register.model, promotion));
    else terminal.print(promotionLine(register.model, promotion));
    requireTold(told);
  },
});
