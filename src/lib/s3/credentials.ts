import { NetworkFailure } from "../http/network-failure.ts";

/** Credentials of a machine's role come from a server beside it, which may be silent. */
const LONGEST_MS = 10_000;

let waiting = false;

/** Whether something is still asked for credentials, which nobody waits for any more: it would keep the process alive. */
export function isLeftWaiting(): boolean {
  return waiting;
}

/** Credentials couldn't be had, for another reason than that there are none: the cause says which. */
export class CredentialsFailure extends Error {
  override readonly name = "CredentialsFailure";
}

/**
 * Waits for what the SDK's chain finds, for a while.
 *
 * @throws {CredentialsFailure} when nothing is found, it can't be reached or is silent
 */
export async function foundInTime(credentials: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      waiting = true;
      reject(new NetworkFailure("it doesn't answer", { unsent: true, kind: "silence" }));
    }, LONGEST_MS);
  });
  try {
    await Promise.race([credentials, over]);
  } catch (cause) {
    throw new CredentialsFailure("no credentials", { cause });
  } finally {
    clearTimeout(timer);
  }
}
