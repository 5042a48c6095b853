import { wallClock } from "../../workspace/timezone.ts";

/** When a night begins. */
export interface When {
  /** HH:MM by the workspace's clocks */
  readonly at: string;
  readonly timezone: string;
  readonly next: Date;
  /** where it goes by other clocks: what those show then */
  readonly machine?: { readonly at: string; readonly timezone: string } | undefined;
}

/** "every day at 06:00 (Europe/Berlin), next on 2026-11-24" */
export function whenText({ at, timezone, next, machine }: When): string {
  const other = machine === undefined ? "" : `, ${machine.at} by this machine's clock (${machine.timezone})`;
  return `every day at ${at} (${timezone})${other}, next on ${wallClock(timezone, next).date}`;
}

interface UnitPaths {
  readonly service: { readonly path: string };
  readonly timer: { readonly path: string };
}

/** What puts the units of systemd in their places: commands, for root. @param watchdog  where there are units of it */
export function unitCommands(night: UnitPaths, watchdog?: UnitPaths): string[] {
  const put = ({ service, timer }: UnitPaths, more: string) => [
    `churn schedule print --service${more} | sudo tee ${service.path}`,
    `churn schedule print --timer${more} | sudo tee ${timer.path}`,
  ];
  const timers = [night, ...(watchdog === undefined ? [] : [watchdog])].map(({ timer }) =>
    timer.path.split("/").at(-1),
  );
  return [
    ...put(night, ""),
    ...(watchdog === undefined ? [] : put(watchdog, " --watchdog")),
    "sudo systemctl daemon-reload",
    `sudo systemctl enable --now ${timers.join(" ")}`,
  ];
}
