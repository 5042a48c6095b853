import { unlessKnown } from "../../errors.ts";
import type { ServerClock } from "../../http/server-clocks.ts";
import { listNights } from "../../stage/nights.ts";
import { aheadSentence, byToday } from "../../workspace/dated-ahead.ts";
import { today } from "../../workspace/night.ts";
import { nextClockChange, saidTimezone, wallClock } from "../../workspace/timezone.ts";
import { type Finding, fine, type Opened, type PlaceCheck, warning } from "../check.ts";

/** A clock that is wrong by more is not set by the network; by less it harms no night. */
const MOST_SECONDS = 60;

/**
 * This machine's clock against those of the servers that were asked anyway, the time zone that dates are reckoned in, and the nights that
 * are dated after today: a clock that was ahead and has been put right leaves no other trace.
 */
export const clock: PlaceCheck = {
  kind: "place",
  name: "clock",
  differsBy: "state",
  isLast: true,
  look: async ({ now, loaded, opened, clocks }) => {
    const said = opened?.config.timezone;
    const zone = said ?? saidTimezone() ?? "UTC";
    const isMachines = loaded.kind !== "found" || loaded.value.origins.get("timezone")?.kind === "default";
    const unsaid =
      isMachines && saidTimezone() === undefined
        ? [
            warning(
              "this machine names no time zone, so dates are those of UTC",
              "timezone: Europe/Berlin in churn.yaml",
            ),
          ]
        : [];
    return [clockFinding(zone, now, clocks()), ...unsaid, ...(await aheadFindings(opened))];
  },
};

/** Nothing where the store can't be read, which its own check tells. */
async function aheadFindings(opened: Opened | undefined): Promise<readonly Finding[]> {
  const archive = await opened?.archive();
  if (opened === undefined || archive === undefined) return [];
  const nights = (await listNights(archive).catch(unlessKnown)) ?? [];
  const { ahead } = byToday(nights, today(opened.config.timezone, opened.now));
  const sentence = aheadSentence(ahead.map(({ date }) => date));
  const [first] = ahead;
  if (sentence === undefined || first === undefined) return [];
  return [
    warning(sentence, [
      `churn why ${first.name} tells what it did`,
      "once its day has come it counts as decided: churn run-all --again decides that day anew",
    ]),
  ];
}

/** @param heard  of several servers the one that agrees best counts: one clock that is wrong proves nothing of this one */
export function clockFinding(zone: string, now: Date, heard: readonly ServerClock[]): Finding {
  const { date, time } = wallClock(zone, now);
  const change = nextClockChange(zone, now);
  const summer = change === undefined ? "" : `; clocks change on ${wallClock(zone, change).date}`;
  const [nearest] = [...heard].sort((one, other) => Math.abs(one.aheadSeconds) - Math.abs(other.aheadSeconds));
  const held = nearest === undefined ? "" : `, as that of ${nearest.server}`;
  if (nearest === undefined || Math.abs(nearest.aheadSeconds) <= MOST_SECONDS)
    return fine(`${date} ${time} in ${zone}${held}${summer}`);
  const { server, aheadSeconds } = nearest;
  return warning(
    `${date} ${time} in ${zone}: ${lasting(Math.abs(aheadSeconds))} ${aheadSeconds > 0 ? "ahead of" : "behind"} the clock of ${server}`,
    "timedatectl shows whether the network sets it (NTP)",
  );
}

function lasting(seconds: number): string {
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
