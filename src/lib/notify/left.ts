import { ChurnError } from "../errors.ts";
import { knownError } from "../files/machine-error.ts";
import type { News } from "./compose.ts";
import type { Team } from "./team.ts";
import type { Left, Undelivered } from "./undelivered.ts";

/**
 * Tells what is left when a run is over: the week's nights on its first day, and what earlier messages lack. Trouble with it costs
 * no night and hides no failure.
 *
 * @param today    YYYY-MM-DD
 * @param hasTold  whether the run has told something, and so has tried the channels a moment ago
 */
export async function tellWhatIsLeft(team: Team, today: string, hasTold: boolean): Promise<Left> {
  const left = new Map<string, Undelivered>();
  const look = async () => {
    for (const one of await team.undelivered()) left.set(`${one.key} ${one.channel}`, one);
  };
  const trouble = await troubleWith(async () => {
    if (!hasTold) await team.flush();
    // Before the digest, which may be the message that says what is unknown: this screen says it too.
    await look();
    await team.tellLeft();
    await team.tellDigest(today);
    await look();
  });
  return { left: [...left.values()], trouble };
}

/** Tells one thing that is done already, whatever comes of telling it. */
export async function tellNews(team: Team, news: News): Promise<Left> {
  let left: readonly Undelivered[] = [];
  const trouble = await troubleWith(async () => {
    await team.tell(news);
    left = await team.undelivered();
  });
  return { left, trouble };
}

/** What goes wrong with a service or the machine meanwhile; a defect is thrown on. */
export async function troubleWith(work: () => Promise<void>): Promise<ChurnError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const known = error instanceof ChurnError ? error : knownError(error);
    if (known === undefined) throw error;
    return known;
  }
}
