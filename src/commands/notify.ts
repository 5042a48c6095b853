import * as z from "zod";
import { comparison, judgedGates, notification, registration, trackingRun } from "../lib/artifacts/artifacts.ts";
import { recordPart, upgrade } from "../lib/artifacts/format.ts";
import type { ComparisonReport } from "../lib/compare/report.ts";
import { championAtDecision } from "../lib/compare/rule.ts";
import { ServiceError } from "../lib/errors.ts";
import { BACKFILL_KEY } from "../lib/notify/backfill.ts";
import { decisionMessage } from "../lib/notify/message.ts";
import { nextCommands } from "../lib/notify/next.ts";
import { receiptsOf } from "../lib/notify/outbox/format.ts";
import { receipt, receiptAsOf1, receiptOf1 } from "../lib/notify/report.ts";
import { title } from "../lib/notify/text.ts";
import { waivedSentence } from "../lib/quality/waivers.ts";
import { defineStage } from "../lib/stage/define.ts";

const told = { message: z.string().describe("its title") };
const resultOf2 = { ...told, channels: z.array(receipt) };
const result = {
  ...resultOf2,
  told_in: z.string().nullable().describe("the message that tells of it with others, at the end of a backfill"),
};

/** Who promotes a version of an older night is to know what it would replace. Of one that is better the message gives no reason, which says it. */
function olderNotes({ older, production, outcome }: ComparisonReport): readonly string[] {
  return older === null || outcome !== "better"
    ? []
    : [`An older night. ${championAtDecision(older, production?.version ?? null)}`];
}

/** Tells the team what the night decided, on every channel, and keeps the message with its receipts. */
export const notify = defineStage({
  name: "notify",
  summary: "tells the team: registered, or not and why",
  needs: { comparison, registration, trackingRun, judgedGates },
  produces: { notification },
  reads: [],
  uses: ["team"],
  flags: z.strictObject({
    told_in: z
      .string()
      .regex(BACKFILL_KEY, "the key of a backfill's message")
      .optional()
      .meta({ value: "key" })
      .describe("keep it for a backfill's message"),
  }),
  result: recordPart(result, {
    1: upgrade(
      z.strictObject({ ...told, channels: z.array(receiptOf1) }),
      z.strictObject(resultOf2),
      ({ channels, ...rest }) => ({ ...rest, channels: channels.map(receiptAsOf1) }),
    ),
    2: upgrade(z.strictObject(resultOf2), z.strictObject(result), (old) => ({ ...old, told_in: null })),
  }),

  async run({ inputs, outputs, services, flags, night }) {
    const trackingRunId = inputs.trackingRun.read().mlflow_run_id;
    const judged = await inputs.comparison.read();
    const message = decisionMessage({
      night,
      comparison: judged,
      registration: await inputs.registration.read(),
      mlflowRunId: trackingRunId,
    });
    const entry = await services.team().tell({
      key: night,
      message,
      notes: [...olderNotes(judged), ...inputs.judgedGates.read().gates.flatMap((gate) => waivedSentence(gate) ?? [])],
      trackingRun: trackingRunId,
      ...(flags.told_in === undefined ? {} : { toldIn: flags.told_in }),
      next: nextCommands(message),
    });
    const channels = receiptsOf(entry);
    await outputs.notification.write({ message, text: entry.text, channels, sent_at: new Date().toISOString() });
    return { message: title(message), channels, told_in: entry.told_in };
  },

  remains: ({ channels }) => {
    const left = channels.filter(({ outcome }) => outcome === "pending" || outcome === "unknown");
    if (left.length === 0) return undefined;
    return new ServiceError(
      left.map(({ channel, detail }) => `${channel}: ${detail}`).join("; "),
      "the next run-all sends what is missing, churn message flush does it now",
    );
  },

  describe: ({ channels, told_in }) => {
    if (told_in !== null) return `kept for ${told_in}`;
    const named = (outcomes: readonly string[]) =>
      channels.filter(({ outcome }) => outcomes.includes(outcome)).map(({ channel }) => channel);
    const told = named(["sent", "kept"]);
    const left = named(["pending", "unknown"]);
    if (channels.length === 0) return "nobody to tell";
    return [
      ...(told.length === 0 ? [] : [told.join(", ")]),
      ...(left.length === 0 ? [] : [`not ${left.join(", ")}`]),
    ].join("; ");
  },
});
