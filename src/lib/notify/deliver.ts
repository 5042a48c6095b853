import type { Channel } from "./channel.ts";
import type { Message } from "./message.ts";
import type { Receipt } from "./report.ts";

/** Sends a message on each channel; one that fails keeps none of the others from hearing. */
export async function deliver(message: Message, channels: readonly Channel[]): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (const { name, send } of channels) {
    try {
      receipts.push({ channel: name, outcome: "sent", detail: await send(message) });
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
