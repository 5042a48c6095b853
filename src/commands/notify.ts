import * as z from "zod";
import { comparison, notification, registration, trackingRun } from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { ServiceError } from "../lib/errors.ts";
import { deliver } from "../lib/notify/deliver.ts";
import { decisionMessage } from "../lib/notify/message.ts";
import { receipt } from "../lib/notify/report.ts";
import { plainText, title } from "../lib/notify/text.ts";
import { defineStage } from "../lib/stage/define.ts";

/** Tells the team what the night decided, on every channel, and keeps the message with its receipts. */
export const notify = defineStage({
  name: "notify",
  summary: "tells the team: registered, or not and why",
  needs: { comparison, registration, trackingRun },
  produces: { notification },
  reads: ["notify"],
  uses: ["channels"],
  flags: z.strictObject({}),
  result: recordPart({
    message: z.string().describe("its title"),
    channels: z.array(receipt),
  }),

  async run({ inputs, outputs, services, night }) {
    const message = decisionMessage({
      night,
      comparison: await inputs.comparison.read(),
      registration: await inputs.registration.read(),
      mlflowRunId: inputs.trackingRun.read().mlflow_run_id,
    });
    const channels = await deliver(message, services.channels());
    await outputs.notification.write({
      message,
      text: plainText(message),
      channels,
      sent_at: new Date().toISOString(),
    });

    const failed = channels.filter(({ outcome }) => outcome === "failed");
    if (failed.length > 0) {
      throw new ServiceError(
        failed.map(({ channel, detail }) => `${channel}: ${detail}`).join("; "),
        `churn notify --date ${night} sends it again`,
      );
    }
    return { message: title(message), channels };
  },

  describe: ({ channels }) =>
    channels.length === 0 ? "nobody to tell" : channels.map(({ channel }) => channel).join(", "),
});
