import { blockIn, blockText } from "../../src/lib/schedule/block.ts";
import { cronLine } from "../../src/lib/schedule/cron-line.ts";
import { openCrontab } from "../../src/lib/schedule/crontab.ts";
import { withCrontabLock } from "../../src/lib/schedule/crontab-lock.ts";
import { cronTime } from "../../src/lib/schedule/machine-time.ts";
import { startOf } from "../../src/lib/schedule/start.ts";
import { fakeCrontab } from "../support/fake-crontab.ts";
import type { Row } from "./row.ts";

const startIn = (root: string) =>
  startOf({ node: "/usr/bin/node", program: "/opt/churn/bin/churn", root, env: {}, command: undefined });

/** Reads a crontab, or writes one, by a program that does this first. */
const crontab = (refusal: string, table?: string) => async (folder: string) => {
  const { bin } = await fakeCrontab(folder, refusal);
  const opened = openCrontab({ PATH: bin });
  await (table === undefined ? opened.read() : opened.write(table));
};

export const schedule: readonly Row[] = [
  {
    cause: "a workspace whose path has a line end",
    by: () => startIn("/srv/a\nb"),
    code: 2,
    says: '"/srv/a\\nb" has a control character, which no line of a crontab or a unit can have',
    next: "give the folder another name",
  },
  {
    cause: "a path that makes the crontab's line too long",
    by: () => cronLine({ at: "06:00", words: ["run-all"] }, startIn(`/srv/${"x".repeat(1000)}`)),
    code: 2,
    says: "the line for cron would have … bytes behind its time, and cron takes 998",
    next: "a link with a shorter path to the workspace, named by -C; or a timer: churn schedule print --systemd",
  },
  {
    cause: "a crontab of which one mark is gone",
    by: () => blockIn(blockText("/srv/churn", []).split("\n").slice(1).join("\n"), "/srv/churn"),
    code: 2,
    says: "the crontab has one of the two marks of /srv/churn alone, so nobody can tell which lines are churn's",
    next: 'crontab -e: take out the lines that say "churn schedule of /srv/churn", and what churn wrote between them',
  },
  {
    cause: "a machine's clock that has another summer time than the workspace",
    by: () => cronTime("06:00", "Europe/Berlin", "UTC", new Date("2026-11-28T12:00:00Z")),
    code: 2,
    says: "cron goes by this machine's clock (UTC), where 06:00 in Europe/Berlin is 05:00, and from 2027-03-28 on 04:00",
    next: "a systemd timer goes by any clock: churn schedule print --systemd\nor set this machine's: sudo timedatectl set-timezone Europe/Berlin, then restart cron\nor have nights go by this machine's: timezone: UTC in churn.yaml",
  },
  {
    cause: "a crontab that another churn doesn't let go of",
    by: (folder) => withCrontabLock(() => withCrontabLock(async () => {}, { folder, patienceMs: 50 }), { folder }),
    code: 75,
    says: "another churn has been changing the crontab of … for 0.05 s",
    next: "run it again when that one has ended",
  },
  {
    cause: "a machine without cron",
    by: (folder) => openCrontab({ PATH: folder }, "").read(),
    code: 2,
    says: "there is no crontab program here",
    next: "Debian and Ubuntu: sudo apt install cron;\nor a systemd timer: churn schedule print --systemd",
  },
  {
    cause: "a user who may not use crontab",
    by: crontab('echo "You (maria) are not allowed to use this program (crontab)" >&2; exit 1'),
    code: 2,
    says: "… may not use crontab on this machine",
    next: "as root: a line of that name in /etc/cron.allow, or none of it in /etc/cron.deny;\nor a systemd timer: churn schedule print --systemd",
  },
  {
    cause: "a crontab with a line that crontab refuses",
    by: crontab(`echo "errors in crontab file, can't install." >&2; exit 1`, "nonsense\n"),
    code: 2,
    says: "crontab refuses the new table, and keeps the old one",
    next: "its words stand above: crontab -e",
  },
  {
    cause: "a crontab that fails",
    by: crontab("exit 3"),
    code: 5,
    says: "crontab ended with status 3",
    next: "crontab -l by hand shows whether it works",
  },
  {
    cause: "a crontab that is killed, since it takes longer than ten seconds",
    by: crontab("kill -9 $$"),
    code: 5,
    says: "crontab doesn't come to an end",
    next: "crontab -l by hand shows whether it works",
  },
];
