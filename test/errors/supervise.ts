import type { Archive } from "../../src/lib/stage/archive.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { InterruptedError } from "../../src/lib/supervise/interruption.ts";
import { chooseNight, takeOver } from "../../src/lib/supervise/open-night.ts";
import { failureError, runError } from "../../src/lib/supervise/report.ts";
import { newestSizes, shortOfRoom } from "../../src/lib/supervise/room.ts";
import { planNight } from "../../src/lib/supervise/run-night.ts";
import { requireLimitedStages, selectStages } from "../../src/lib/supervise/select-stages.ts";
import type { FailedEvent } from "../../src/lib/supervise/view.ts";
import { requireJudge } from "../../src/lib/supervise/waiving.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { openServices } from "../../src/lib/workspace/services.ts";
import { idleStage, succeeded, WORKSPACE } from "../support/records.ts";
import { config } from "../support/small-pipeline.ts";
import type { Row } from "./row.ts";

const DATE = "2026-11-23";
const stages = ["extract", "validate", "train", "register", "notify"].map(idleStage);
const night = nightOf(DATE, 1);

const ledgerOf = (root: string): Archive => ({
  store: openFolderStore(root),
  workspaceId: WORKSPACE,
  stages,
  redact: String,
});
const place = {
  root: "/srv/churn",
  log: "/srv/churn/logs/2026-11-23/r.jsonl",
  overrides: ["a=b"],
  again: false,
  commands: ["run-all", "train"],
  stages: ["extract", "train"],
};
function failed(hint: string | null, exitCode: number) {
  const event: FailedEvent = {
    event: "failed",
    name: "ServiceError",
    message: "the disk is full",
    hint,
    details: [],
    foreign: [],
    exitCode,
    stack: null,
  };
  return { stage: "train", event };
}

export const supervise: readonly Row[] = [
  {
    cause: "a disk without room for a night",
    by: async (root) => {
      await succeeded(ledgerOf(root), DATE, "register");
      const store = { name: "the store", path: "/srv/churn", share: "night" } as const;
      throw shortOfRoom([store], await newestSizes(ledgerOf(root)), () => ({ id: 1, free: 1000 }));
    },
    code: 5,
    says: "the store (/srv/churn) has 1.0 kB free, but a night needs 1.0 MB there: that of 2026-11-23 took 0 B",
    next: "make room first: churn gc --keep 30d --dry-run shows what old nights would free",
  },
  {
    cause: "--again from a stage whose inputs churn gc has removed",
    by: "test/supervise/open-night.test.ts",
    code: 4,
    says: "…was removed by churn gc on 2026-12-24, so train can't begin with it",
    next: "restore it from a backup, or begin with the source: churn run-all --date 2026-11-23 --again",
  },
  {
    cause: "--from of a stage that isn't there",
    by: () => selectStages(stages, { from: "trian" }),
    code: 2,
    says: "--from trian: there is no such stage",
    next: "did you mean train?",
  },
  {
    cause: "--to of a stage like none",
    by: () => selectStages(stages, { to: "end" }),
    code: 2,
    says: "--to end: there is no such stage",
    next: "the stages are extract, validate, train, register, notify",
  },
  {
    cause: "--from behind --to",
    by: () => selectStages(stages, { from: "train", to: "extract" }),
    code: 2,
    says: "--from train comes after --to extract",
    next: "the stages are extract, validate, train, register, notify",
  },
  {
    cause: "a time limit of a stage that isn't there",
    by: () => requireLimitedStages(stages, { stages: { trian: "2h" } }),
    code: 2,
    says: "run.stages in churn.yaml: trian: there is no such stage",
    next: "did you mean train?",
  },
  {
    cause: "a decided night that is forced",
    by: async (root) => {
      await succeeded(ledgerOf(root), DATE, "register");
      await chooseNight(ledgerOf(root), { named: night, again: false, force: true });
    },
    code: 2,
    says: "the night of 2026-11-23 is decided: its files don't change any more",
    next: "churn run-all --date 2026-11-23 --again decides anew",
  },
  {
    cause: "a decided night from a stage on",
    by: async (root) => {
      await succeeded(ledgerOf(root), DATE, "register");
      await chooseNight(ledgerOf(root), { named: night, again: false, force: false, from: "train" });
    },
    code: 2,
    says: "the night of 2026-11-23 is decided: its files don't change any more",
    next: "churn run-all --date 2026-11-23 --again --from train decides anew",
  },
  {
    cause: "files for a night that is decided",
    by: async (root) => {
      await succeeded(ledgerOf(root), `${DATE}.2`, "register");
      await takeOver(ledgerOf(root), night, nightOf(DATE, 2), "train");
    },
    code: 2,
    says: "the night of 2026-11-23.2 is decided: nothing can be taken over",
    next: "churn run-all --date 2026-11-23 --again",
  },
  {
    cause: "files that aren't there to be taken over",
    by: (root) => takeOver(ledgerOf(root), night, nightOf(DATE, 2), "train"),
    code: 4,
    says: "extract has not succeeded for 2026-11-23, so its files can't be taken over",
    next: "churn run-all --date 2026-11-23 --again",
  },
  {
    cause: "--from a stage before which one hasn't succeeded",
    by: async (root) => {
      const archive = ledgerOf(root);
      const services = openServices(
        { config, root, store: archive.store, environment: readEnvironment({}, root) },
        () => {},
      );
      await planNight({
        archive,
        services,
        config,
        night,
        today: night.date,
        stages,
        force: false,
        from: "train",
        flags: {},
        anew: false,
      });
    },
    code: 4,
    says: "--from train takes extract as it is, but it has not succeeded for 2026-11-23",
    next: "churn run-all --date 2026-11-23 --from extract",
  },
  {
    cause: "a stage's failure, told by run-all",
    by: () => {
      throw failureError(failed("free some space, then run it again", 5), night, place, false);
    },
    code: 5,
    says: "the disk is full",
    next: "free some space, then run it again\nchurn -C /srv/churn run-all --date 2026-11-23 --set a=b\nthe run's log: /srv/churn/logs/2026-11-23/r.jsonl",
  },
  {
    cause: "the same where no table stands above it",
    by: () => {
      throw failureError(failed(null, 5), night, place, true);
    },
    code: 5,
    says: "train of 2026-11-23: the disk is full",
    next: "churn -C /srv/churn run-all --date 2026-11-23 --set a=b\nthe run's log: /srv/churn/logs/2026-11-23/r.jsonl",
  },
  {
    cause: "a defect in a stage",
    by: () => {
      throw failureError(failed(null, 1), night, place, false);
    },
    code: 1,
    says: "the disk is full",
    next: "this is a defect in churn: please report it with the run's log\nchurn -C /srv/churn run-all --date 2026-11-23 --set a=b\nthe run's log: /srv/churn/logs/2026-11-23/r.jsonl",
  },
  {
    cause: "a signal",
    by: () => {
      throw runError(new InterruptedError("SIGTERM"), night, place);
    },
    code: 143,
    says: "stopped by SIGTERM",
    next: "the same command continues where it stopped\nchurn -C /srv/churn run-all --date 2026-11-23 --set a=b\nthe run's log: /srv/churn/logs/2026-11-23/r.jsonl",
  },
  {
    cause: "a stage's time limit",
    by: "test/supervise/stage-process.test.ts",
    code: 5,
    says: "… was stopped: the run has used up its time",
    next: "raise run.timeout or run.stages in churn.yaml",
  },
  {
    cause: "a stage that the kernel ended for want of memory",
    by: "test/supervise/silent-end.test.ts",
    code: 5,
    says: "train was killed, probably out of memory at 23.1 GiB: the kernel has ended one of its control group's …",
    next: "fewer columns (dataset.exclude, features), or more memory for the machine or the container",
  },
  {
    cause: "a stage that somebody killed",
    by: "test/supervise/silent-end.test.ts",
    code: 5,
    says: "train was killed (SIGKILL) at 23.1 GiB, and the kernel counts no process that it ended for want of memory",
    next: "did a person end it, or a program that watches over memory (systemd-oomd, earlyoom)?",
  },
  {
    cause: "a stage that was killed where nobody counts",
    by: "test/supervise/silent-end.test.ts",
    code: 5,
    says: "train was killed (SIGKILL); whether memory ran out can't be seen here",
    next: "the kernel's log says so: dmesg, as root",
  },
  {
    cause: "a stage that ended without a word",
    by: "test/supervise/stage-process.test.ts",
    code: 1,
    says: "… ended with code 7 and without a word: last",
    next: undefined,
  },
  {
    cause: "a stage that is started as run-all does, of no night",
    by: "test/program/mistakes/words.test.ts",
    code: 2,
    says: "someday is no night",
    next: "is CHURN_RUN_ID set? run-all sets it for the stages it starts",
  },
  {
    cause: "--retry-until of a time that is past",
    by: "test/supervise/retry.test.ts",
    code: 2,
    says: "--retry-until 06:00 is already past: it is 06:00 in Europe/Berlin",
    next: "name a later time of today",
  },
  {
    cause: "--retry-until of no time",
    by: "test/supervise/retry.test.ts",
    code: 2,
    says: "--retry-until must be a time of the day, but is …",
    next: "write HH:MM, such as 09:00",
  },
  {
    cause: "a waiver in a run without validate",
    by: () => requireJudge(stages, "train"),
    code: 2,
    says: "--accept is for the gates of validate, which this run leaves out",
    next: "leave out --from and --to, or begin with it: --from validate",
  },
  {
    cause: "a waiver in a decided night",
    by: "test/supervise/waiving.test.ts",
    code: 2,
    says: "the night of … is decided: nothing of it can be waived any more",
    next: "churn run-all --date … --again decides anew",
  },
];
