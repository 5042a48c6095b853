import type * as z from "zod";
import type { Channel } from "./channels.ts";
import type { Message, receipt } from "./message.ts";

/** Sends a message on each channel that churn.yaml names; one that fails keeps none of the others from hearing. */
export async function deliver<Name extends string>(
  message: Message,
  names: readonly Name[],
  channels: Readonly<Record<Name, Channel>>,
): Promise<z.infer<typeof receipt>[]> {
  const receipts: z.infer<typeof receipt>[] = [];
  for (const name of names) {
    try {
      receipts.push({ channel: name, outcome: "sent", detail: await channels[name].send(message) });
    } catch (error) {
      receipts.push({
        channel: name,
        outcome: "failed",
        detail: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return receipts;
}
