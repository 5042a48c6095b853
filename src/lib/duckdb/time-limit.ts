import { InputError } from "../errors.ts";
import { afterSeconds } from "../workspace/timer.ts";
import type { Database } from "./database.ts";

/** How long DuckDB gets to end a query that it is told to give up: it looks up between two batches of rows. */
const GRACE_MS = 2_000;
const REMIND_MS = 50;

/**
 * Does work with DuckDB that somebody else's expressions are in, for so long and no longer. A query that doesn't end even when
 * it is interrupted is left behind: the database is of no use then, and the process ends without waiting for it.
 *
 * @param what  for the message: "scoring version 3"
 * @param work  gets the time at which it is over, as performance.now() counts, for what isn't DuckDB's
 * @throws {InputError} when the time is over; what the work throws before
 */
export async function withinSeconds<T>(
  db: Pick<Database, "interrupt" | "leaveBehind">,
  seconds: number,
  what: string,
  work: (deadline: number) => Promise<T>,
): Promise<T> {
  const tooLong = () => new InputError(`${what} takes longer than its limit of ${seconds} s`);
  let over = false;
  let reminder: NodeJS.Timeout | undefined;
  let last: NodeJS.Timeout | undefined;
  let endLimit = () => {};
  const abandoned = new Promise<never>((_, reject) => {
    endLimit = afterSeconds(seconds, () => {
      over = true;
      last = setTimeout(() => {
        db.leaveBehind();
        reject(tooLong());
      }, GRACE_MS);
      db.interrupt();
      reminder = setInterval(() => db.interrupt(), REMIND_MS);
    });
  });
  const worked = work(performance.now() + seconds * 1000);
  try {
    return await Promise.race([worked, abandoned]);
  } catch (error) {
    // Nobody waits any more for what was left behind.
    worked.catch(() => undefined);
    throw over ? tooLong() : error;
  } finally {
    endLimit();
    clearInterval(reminder);
    clearTimeout(last);
  }
}
