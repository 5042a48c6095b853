import * as z from "zod";
import { defineCommand } from "../lib/cli/command.ts";
import { promotionLine, promotionQuestion } from "../lib/cli/output/promotion.ts";
import { TryLaterError, UsageError } from "../lib/errors.ts";
import { type PromotionPlan, planPromotion, promote as putIntoProduction } from "../lib/tracking/promote.ts";
import { holdWorkspace } from "../lib/workspace/hold.ts";
import { openServices } from "../lib/workspace/services.ts";
import { userName } from "../lib/workspace/user.ts";
import { openWorkspace } from "../lib/workspace/workspace.ts";

/** Puts a version into Production, for compare and for whoever serves it; the former one is kept as Archived. */
export const promote = defineCommand({
  name: "promote",
  group: "The models",
  summary: "a version from Staging to Production",
  flags: z.strictObject({
    version: z.int().positive().describe("in Staging, Archived, or in Production before"),
    yes: z.boolean().default(false).describe("don't ask"),
  }),

  async run(context, { version, yes }) {
    const { terminal } = context;
    const workspace = await openWorkspace(context);
    const { config } = workspace;
    const model = config.register.model;
    await using services = openServices(workspace, terminal.print);
    const tracking = await services.tracking();

    const agreed = await planPromotion(tracking, model, version);
    if (!yes) {
      const answer = await terminal.ask(promotionQuestion(agreed));
      if (answer === undefined) {
        throw new UsageError(
          "promote asks before it changes Production, and there is no terminal to ask on",
          `churn promote --version ${version} --yes`,
        );
      }
      if (!/^y(es)?$/i.test(answer.trim())) {
        terminal.say("nothing was changed");
        return;
      }
    }
    // The lock isn't held while a person thinks, so the registry may be another one by now.
    const promotion = await holdWorkspace(workspace, `promote of version ${version}`, async () => {
      const plan = await planPromotion(tracking, model, version);
      if (replacedBy(plan) !== replacedBy(agreed)) {
        throw new TryLaterError(
          `the versions in Production have changed since the question was asked`,
          `churn promote --version ${version}`,
        );
      }
      return await putIntoProduction(tracking, plan, { by: userName(), at: new Date() });
    });

    if (context.json) {
      terminal.printJson({
        model,
        version,
        stage: "Production",
        kind: promotion.kind,
        replaced: promotion.replaced,
        promoted_by: promotion.promotedBy,
        promoted_at: promotion.promotedAt,
      });
    } else terminal.print(promotionLine(model, promotion));
  },
});

function replacedBy(plan: PromotionPlan): string {
  return plan.replaces.map(({ version }) => version).join();
}
