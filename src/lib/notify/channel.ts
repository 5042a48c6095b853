import type { Config } from "../config/schema.ts";
import type { Message } from "./message.ts";

/** Where a message can go. A channel sends or throws; what it sends twice must do no harm. */
export interface Channel {
  /** as churn.yaml names it */
  readonly name: Config["notify"]["channels"][number];
  /** Says the message in the channel's own way. @returns a word for the receipt: where it went */
  send(message: Message): Promise<string>;
}
