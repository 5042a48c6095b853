import * as z from "zod";
import { duration } from "./duration.ts";

/** Where a message can go. */
export const channelName = z.enum(["terminal", "file", "slack", "email", "webhook"]);
export type ChannelName = z.infer<typeof channelName>;

/** What there is to tell: of a night that registered a model, of one that did not, of one that failed, of what is in production. */
export const newsKind = z.enum(["registered", "not_registered", "failed", "production"]);
export type NewsKind = z.infer<typeof newsKind>;

const on = z
  .array(newsKind)
  .min(1)
  .default([...newsKind.options])
  .describe("what it is told of");

/**
 * One address and nothing else: a line end or a comma in it would make it another recipient. ASCII, as most servers take it.
 *
 * @see https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
 */
const emailAddress = z
  .string()
  .regex(
    /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    "an e-mail address such as ml-team@company.com",
  );

const slack = z.strictObject({
  channel: z
    .string()
    .regex(/^(?:#?[\p{L}\p{N}_-]{1,80}|[CGD][A-Z0-9]{8,})$/u, "a channel such as #ml-alerts, or its id")
    .default("#ml-alerts")
    .describe("where a bot posts (SLACK_BOT_TOKEN); a webhook (SLACK_WEBHOOK_URL) has its own"),
  on,
});

const email = z.strictObject({
  from: emailAddress.optional().describe("the sender's address"),
  to: z.array(emailAddress).default([]).describe("who gets it"),
  smtp: z
    .strictObject({
      host: z.string().min(1).optional().describe("the mail server; SMTP_URL says all of this, where it is set"),
      port: z.int().min(1).max(65_535).default(587).describe("465 speaks TLS from the start, others by STARTTLS"),
      user: z.string().min(1).optional().describe("whose password is SMTP_PASSWORD"),
      require_tls: z.boolean().default(true).describe("false sends in the clear where the server offers no TLS"),
    })
    .prefault({})
    .describe("the way to the mail server"),
  on,
});

/** The section `notify` of churn.yaml: who is told what. */
export const notifySection = z.strictObject({
  channels: z.array(channelName).default(["terminal", "file"]).describe("who is told"),
  deadline: duration.default("1m").describe("how long a channel is tried"),
  remind: z
    .int()
    .min(1)
    .default(7)
    .describe("a failure that is told already is told again after so many more nights of it"),
  digest: z.enum(["weekly"]).optional().describe("weekly: nights without a new model are told together, on Mondays"),
  slack: slack.prefault({}).describe("Slack"),
  email: email.prefault({}).describe("e-mail by SMTP"),
  webhook: z.strictObject({ on }).prefault({}).describe("signed JSON to NOTIFY_WEBHOOK_URL"),
});
export type NotifySettings = z.infer<typeof notifySection>;
