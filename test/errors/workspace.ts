import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeldError } from "../../src/lib/errors.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { beginning } from "../../src/lib/workspace/beginning.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { keepStore, requireKnownStore } from "../../src/lib/workspace/known-store.ts";
import { acquireLock } from "../../src/lib/workspace/lock.ts";
import { openLockWait } from "../../src/lib/workspace/lock-wait.ts";
import { tryFlock } from "../../src/lib/workspace/native.ts";
import { parseDate } from "../../src/lib/workspace/night.ts";
import type { Row } from "./row.ts";

const folderOf = (root: string, store: string) => ({ root, store: openFolderStore(join(root, store)), redact: String });

export const workspace: readonly Row[] = [
  {
    cause: "CHURN_NOW that is no time",
    by: () => beginning({ CHURN_NOW: "tonight" }, new Date(0)),
    code: 2,
    says: 'CHURN_NOW must be the seconds since 1970 at which a run began, within the last day, but is "tonight"',
    next: "date +%s prints them; without the variable a run begins when it is started",
  },
  {
    cause: "CHURN_NOW of another day",
    by: () => beginning({ CHURN_NOW: "1" }, new Date("2026-11-23T05:00:00Z")),
    code: 2,
    says: 'CHURN_NOW must be the seconds since 1970 at which a run began, within the last day, but is "1"',
    next: "date +%s prints them; without the variable a run begins when it is started",
  },
  {
    cause: "NAME and NAME_FILE at once",
    by: (root) => readEnvironment({ SMTP_PASS: "x", SMTP_PASS_FILE: "y" }, root).secret("SMTP_PASS"),
    code: 2,
    says: "SMTP_PASS and SMTP_PASS_FILE are both set in the environment",
    next: "unset one of them",
  },
  {
    cause: "NAME_FILE that isn't there",
    by: (root) => readEnvironment({ SMTP_PASS_FILE: "gone" }, root).secret("SMTP_PASS"),
    code: 2,
    says: "SMTP_PASS_FILE in the environment names FOLDER/gone, which is not there",
    next: "write the secret into that file (mode 0600), or set SMTP_PASS",
  },
  {
    cause: "a .env that others may read",
    by: (root) => {
      writeFileSync(join(root, ".env"), "A=1\n", { mode: 0o644 });
      readEnvironment({}, root);
    },
    code: 2,
    says: "FOLDER/.env holds secrets and is open to others (mode 644)",
    next: "chmod 600 FOLDER/.env",
  },
  {
    cause: "a new store in the place of the known one",
    by: async (root) => {
      await keepStore(folderOf(root, "a"));
      await requireKnownStore(folderOf(root, "b"));
    },
    code: 2,
    says: "the store is to be FOLDER/b (a new one), but this folder works with FOLDER/a (workspace …)",
    next: "mend store, which churn config shows with its origin; or, to work with the other one from now on: churn init --adopt",
  },
  {
    cause: "another store than the known one",
    by: async (root) => {
      await keepStore(folderOf(root, "a"));
      await keepStore({ ...folderOf(root, "b"), root: join(root, "elsewhere") });
      await requireKnownStore(folderOf(root, "b"));
    },
    code: 2,
    says: "the store is to be FOLDER/b (workspace …), but this folder works with FOLDER/a (workspace …)",
    next: "mend store, which churn config shows with its origin; or, to work with the other one from now on: churn init --adopt",
  },
  {
    cause: "a note of the known store that is damaged",
    by: async (root) => {
      mkdirSync(join(root, ".churn"));
      writeFileSync(join(root, ".churn/store.json"), "{");
      await requireKnownStore(folderOf(root, "."));
    },
    code: 2,
    says: "FOLDER/.churn/store.json is damaged: it is not whole JSON",
    next: "churn init --adopt writes it anew",
  },
  {
    cause: "a lock that another run holds",
    by: async (root) => {
      const held = await acquireLock(join(root, "lock"), "the workspace", "run-all of 2026-11-23");
      try {
        await acquireLock(join(root, "lock"), "the workspace", "train of today");
      } finally {
        held.release();
      }
    },
    code: 75,
    says: "another run holds the lock on the workspace: run-all of 2026-11-23, process …",
    next: "run it again when that one has ended",
  },
  {
    cause: "a lock that another run still holds when --wait-lock is over",
    by: () =>
      openLockWait("0s", () => {}).through(() =>
        Promise.reject(new HeldError("another run holds the lock", "run it again")),
      ),
    code: 75,
    says: "waited 0s: another run holds the lock",
    next: "run it again",
  },
  {
    cause: "a file system without locks",
    by: () => tryFlock(-1, "FOLDER/lock"),
    code: 5,
    says: "flock on FOLDER/lock failed with errno 9",
    next: "it needs a file system with locks",
  },
  {
    cause: "a date that is none",
    by: () => parseDate("23.11.2026", "UTC", new Date(0)),
    code: 2,
    says: '"23.11.2026" is not a date',
    next: "--date takes YYYY-MM-DD, today or yesterday",
  },
];
