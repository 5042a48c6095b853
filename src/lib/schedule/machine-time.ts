import { UsageError } from "../errors.ts";
import { today } from "../workspace/night.ts";
import { momentsOf, wallClock } from "../workspace/timezone.ts";
import { daysAroundChanges } from "./around-changes.ts";

/** What the machine's clock shows when the workspace's clocks show a time: HH:MM, each with the first date of which it is true. */
export type MachineTimes = ReadonlyMap<string, string>;

/**
 * The times of the machine's clock at which a time of the workspace comes, over a year. There is one where the two zones keep
 * their distance, and more where one of them has a summer time that the other hasn't, or has on other days.
 *
 * @param at    HH:MM by the workspace's clocks; days on which they leave it out don't count
 * @param from  the moment from which on a year is looked at
 */
export function machineTimes(at: string, zone: string, machineZone: string, from: Date): MachineTimes {
  const changes = [zone, machineZone].flatMap((one) => daysAroundChanges(one, from));
  const times = new Map<string, string>();
  for (const day of [...new Set([today(zone, from), ...changes])].sort()) {
    const [moment] = momentsOf(zone, day, at);
    if (moment === undefined) continue;
    const time = wallClock(machineZone, moment).time.slice(0, 5);
    if (!times.has(time)) times.set(time, day);
  }
  return times;
}

/**
 * The time that a crontab line has to say for a night to begin at a time of the workspace. cron goes by the machine's clock and by
 * nothing else: a line that is right in winter would start the night an hour early or late all summer, and nobody would hear of it. So
 * where no one time is right on every day there is no line.
 *
 * @param at           HH:MM by the workspace's clocks
 * @param machineZone  undefined where the machine doesn't say: the two are taken for the same
 * @throws {UsageError} where there is no such time, with what there is instead
 */
export function cronTime(at: string, zone: string, machineZone: string | undefined, from: Date): string {
  if (machineZone === undefined || machineZone === zone) return at;
  const [[time = at] = [], [other, since] = []] = machineTimes(at, zone, machineZone, from);
  if (other === undefined) return time;
  throw new UsageError(
    `cron goes by this machine's clock (${machineZone}), where ${at} in ${zone} is ${time}, and from ${since} on ${other}`,
    [
      "a systemd timer goes by any clock: churn schedule print --systemd",
      `or set this machine's: sudo timedatectl set-timezone ${zone}, then restart cron`,
      `or have nights go by this machine's: timezone: ${machineZone} in churn.yaml`,
    ],
  );
}
