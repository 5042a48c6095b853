import * as z from "zod";
import { message } from "./message.ts";

/** What became of the message on one channel. */
export const receipt = z.strictObject({
  channel: z.string(),
  outcome: z.enum(["sent", "failed"]),
  detail: z.string().nullable(),
});
export type Receipt = z.infer<typeof receipt>;

/** models/NIGHT/notification.json: what the team was told, and how it went. */
export const notificationReport = z.strictObject({
  schema_version: z.literal(1),
  message,
  channels: z.array(receipt),
  sent_at: z.iso.datetime(),
});
