import * as z from "zod";
import { message, messageOf8 } from "./message.ts";

/** A message on its way: its facts, and what stands around them on every channel. */
export const letter = z.strictObject({
  key: z.string().describe("its name in the outbox, the same however often it is tried"),
  created_at: z.iso.datetime(),
  message,
  workspace: z.strictObject({ id: z.string(), folder: z.string() }).describe("where it comes from"),
  host: z.string(),
  series: z
    .strictObject({ since: z.string(), nights: z.int().positive() })
    .nullable()
    .describe("nights that failed: up to this one, or until this one succeeded"),
  notes: z.array(z.string()).describe("what else there is to know, a sentence each"),
  tail: z.array(z.string()).describe("the log's last lines, of a run that failed"),
  link: z.string().nullable().describe("where the night's run is shown, where tracking is a server"),
  next: z.array(z.string()).describe("commands that show more, or that come next"),
});
export type Letter = z.infer<typeof letter>;

/** As churn 1.8 wrote it. */
export const letterOf8 = letter.extend({ message: messageOf8 });
