/** A server that says nothing, not even that it has given up: a machine that has gone without a word, a firewall that forgot. */
export class SilentServer extends Error {
  override readonly name = "SilentServer";
  readonly seconds: number;

  constructor(seconds: number) {
    super(`no end of an answer in ${seconds} s`);
    this.seconds = seconds;
  }
}

/**
 * An answer within a time.
 *
 * @param seconds  that it has
 * @param cut           ends the connection, on which nothing is heard any more
 * @throws {SilentServer} when the time is over
 */
export async function withinTime<T>(seconds: number, cut: () => void, answer: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        cut();
        reject(new SilentServer(seconds));
      },
      Math.min(seconds * 1000, LONGEST_TIMER_MS),
    );
  });
  try {
    return await Promise.race([answer(), over]);
  } finally {
    clearTimeout(timer);
  }
}

/** What Node's timers take at most; a longer one would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
