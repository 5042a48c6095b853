import { knownError } from "../files/machine-error.ts";
import type { Channel } from "../notify/channel.ts";

/** That a channel has to say whether a message would arrive, beside the first stage's work; so long as a server has to say that it is there. */
const SECONDS = 2;

/**
 * Asks the channels, all at once, whether tonight's message would arrive. Nothing is sent, nobody waits for the answers, and none of them
 * stops a night: a channel may be mended before the message is due.
 *
 * @param over      once the night is over what they say is of no more use
 * @param onClosed  hears of each that is closed, as soon as that is known
 */
export function askChannels(
  channels: readonly Channel[],
  over: AbortSignal,
  onClosed: (warning: string) => void,
): void {
  for (const channel of channels) {
    awaited += 1;
    void whyClosed(channel).then((reason) => {
      awaited -= 1;
      if (reason !== undefined && !over.aborted)
        onClosed(`${channel.name}: tonight's message may not arrive: ${reason}`);
    });
  }
}

let awaited = 0;

/** Whether a channel has yet to answer: the process must not wait for it when it ends. */
export function isChannelAwaited(): boolean {
  return awaited > 0;
}

async function whyClosed(channel: Channel): Promise<string | undefined> {
  try {
    const reach = await channel.reach?.(SECONDS);
    return reach?.kind === "closed" ? reach.reason : undefined;
  } catch (error) {
    // A defect shows when the message is sent, if it is one there too.
    return knownError(error)?.message;
  }
}
