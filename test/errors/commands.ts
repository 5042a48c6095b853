import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type * as z from "zod";
import { backfill } from "../../src/commands/backfill.ts";
import { cat } from "../../src/commands/cat.ts";
import { completion } from "../../src/commands/completion.ts";
import { gc } from "../../src/commands/gc.ts";
import { get } from "../../src/commands/get.ts";
import { history } from "../../src/commands/history.ts";
import { init } from "../../src/commands/init.ts";
import { logs } from "../../src/commands/logs.ts";
import { message } from "../../src/commands/message.ts";
import { promote } from "../../src/commands/promote.ts";
import { runAll } from "../../src/commands/run-all.ts";
import { schedule } from "../../src/commands/schedule.ts";
import { setup } from "../../src/commands/setup.ts";
import { verify } from "../../src/commands/verify.ts";
import { why } from "../../src/commands/why.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { pipeline } from "../../src/pipeline.ts";
import { least } from "../support/config-workspace.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { threeNights } from "../support/registry-workspace.ts";
import { night } from "./night.ts";
import type { Row } from "./row.ts";

/** Asks to promote version 3 of three. */
function promoteThree(terminal: ReturnType<typeof quietTerminal>["terminal"], before = async (_: string) => {}) {
  return async (root: string) => {
    writeFileSync(join(root, "churn.yaml"), least);
    await threeNights(openFolder(join(root, "mlruns")));
    const ask: typeof terminal.ask = async (question) => {
      await before(root);
      return await terminal.ask(question);
    };
    await promote.run(contextIn(root, { ...terminal, ask }), {
      version: 3,
      yes: false,
      force: false,
      despite_hold: false,
    });
  };
}

const initWith = (flags: z.input<typeof init.flags>) => (root: string) =>
  init.run(contextIn(root, quietTerminal().terminal), init.flags.parse(flags));

const getWith =
  (flags: z.input<ReturnType<typeof get>["flags"]>, onScreen = false) =>
  async (root: string) => {
    writeFileSync(join(root, "churn.yaml"), least);
    await openFolderStore(root).write("raw/2026-11-23/customers.parquet", "customers");
    await openFolderStore(root).write(
      "workspace.json",
      '{ "schema_version": 1, "id": "00000000-0000-4000-8000-000000000000" }',
    );
    const command = get(pipeline);
    await command.run(contextIn(root, { ...quietTerminal().terminal, onScreen }), command.flags.parse(flags));
  };
const KEY = "raw/2026-11-23/customers.parquet";

const messageWith =
  (flags: z.input<typeof message.flags>, yaml = least) =>
  async (root: string) => {
    writeFileSync(join(root, "churn.yaml"), yaml);
    await message.run(contextIn(root, quietTerminal().terminal), message.flags.parse(flags));
  };

const scheduleWith = (flags: z.input<typeof schedule.flags>) => (root: string) =>
  schedule.run(contextIn(root, quietTerminal().terminal), schedule.flags.parse(flags));

const whyWith =
  (date: string | undefined, version: number | undefined, prepare = async (_: string) => {}) =>
  async (root: string) => {
    writeFileSync(join(root, "churn.yaml"), least);
    await prepare(root);
    await why(pipeline).run(contextIn(root, quietTerminal().terminal), { date, version });
  };

export const commands: readonly Row[] = [
  {
    cause: "why of a night and a version",
    by: whyWith("2026-11-23", 4),
    code: 2,
    says: "2026-11-23 and --version 4: one of them says which night is meant",
    next: "churn why --version 4 tells of the night that made it",
  },
  {
    cause: "why where there is no night",
    by: whyWith(undefined, undefined),
    code: 2,
    says: "there is no night in this store yet",
    next: "churn run-all makes the first one",
  },
  {
    cause: "why of a version whose night is lost",
    by: whyWith(undefined, 3, (root) => threeNights(openFolder(join(root, "mlruns")))),
    code: 2,
    says: "version 3 was made by the night of 2026-11-23.2, of which nothing is left in this store",
    next: "churn models shows what the registry knows of it",
  },
  {
    cause: "logs of a stage that isn't there",
    by: (root) =>
      logs(pipeline).run(contextIn(root, quietTerminal().terminal), {
        stage: "trian",
        date: undefined,
        run: undefined,
        follow: false,
      }),
    code: 2,
    says: "--stage trian: there is no such stage",
    next: "did you mean train?",
  },
  {
    cause: "schedule without a word",
    by: scheduleWith({}),
    code: 2,
    says: "which of them? churn schedule takes print, install or remove",
    next: "print shows the crontab's lines and a systemd timer, and changes nothing,\ninstall puts the lines into your crontab, remove takes them away",
  },
  {
    cause: "schedule install of a timer",
    by: scheduleWith({ what: "install", systemd: true }),
    code: 2,
    says: "--systemd is for churn schedule print: install is about the crontab alone",
    next: "churn schedule print --systemd says how a timer is put in its place",
  },
  {
    cause: "schedule print of two parts",
    by: scheduleWith({ what: "print", cron: true, timer: true }),
    code: 2,
    says: "--cron and --timer: one of them is enough",
    next: "churn schedule print shows all of it",
  },
  {
    cause: "schedule print of the watchdog's units, both at once",
    by: scheduleWith({ what: "print", watchdog: true }),
    code: 2,
    says: "--watchdog is for churn schedule print --service and --timer",
    next: "without it all that is started is shown, the watchdog too where churn.yaml asks for one",
  },
  {
    cause: "schedule print of a watchdog that nobody asks for",
    by: "test/commands/schedule.test.ts",
    code: 2,
    says: "churn.yaml asks for no watchdog",
    next: 'watchdog: { by: "09:00" } in churn.yaml does',
  },
  {
    cause: "schedule print with --yes",
    by: scheduleWith({ what: "print", yes: true }),
    code: 2,
    says: "--yes is for churn schedule install and remove",
    next: undefined,
  },
  {
    cause: "a crontab that shows something else than was put there",
    by: "test/commands/schedule.test.ts",
    code: 5,
    says: "crontab took the new table, and shows another one",
    next: "crontab -l shows what stands there",
  },
  {
    cause: "a production version of a day that is yet to come",
    by: (root: string) => {
      writeFileSync(join(root, "churn.yaml"), least);
      return history(pipeline).run(contextIn(root, quietTerminal().terminal), { at: "2999-01-01" });
    },
    code: 2,
    says: "2999-01-01 is in the future: today is … in UTC",
    next: "--at takes today, yesterday or an earlier date",
  },
  ...(
    [
      ["no first day", {}, "since which day? churn backfill takes --since YYYY-MM-DD", "--until is yesterday unless …"],
      [
        "a last day that is to come",
        { since: "2026-11-20", until: "2999-01-01" },
        "2999-01-01 is in the future: today is … in UTC",
        "--until takes today, yesterday or an earlier date",
      ],
      [
        "a last day before the first",
        { since: "2026-11-20", until: "2026-11-19" },
        "--since 2026-11-20 is after --until 2026-11-19",
        "both days count",
      ],
      [
        "more days than a year has",
        { since: "2024-01-01", until: "2025-01-01" },
        "2024-01-01 to 2025-01-01 is more than a backfill takes, which is 366 days",
        "a part of it: --since 2024-01-01 --until 2024-12-31",
      ],
    ] as const
  ).map(
    ([cause, given, says, next]): Row => ({
      cause: `a backfill with ${cause}`,
      by: (root) => {
        writeFileSync(join(root, "churn.yaml"), least);
        const command = backfill(pipeline);
        return command.run(contextIn(root, quietTerminal().terminal), command.flags.parse(given));
      },
      code: 2,
      says,
      next,
    }),
  ),
  {
    cause: "--catch-up of another night than tonight's",
    by: (root: string) => {
      const command = runAll(pipeline);
      const given = command.flags.parse({ catch_up: 7, date: "2026-11-20" });
      return command.run(contextIn(root, quietTerminal().terminal), given);
    },
    code: 2,
    says: "--catch-up is for tonight's run, and doesn't go with --date",
    next: "churn backfill --since D --until D fills the days that you name",
  },
  {
    cause: "completion without a shell",
    by: (root: string) =>
      completion(() => ({ options: [], commands: [], stages: [] })).run(contextIn(root, quietTerminal().terminal), {}),
    code: 2,
    says: "which shell? churn completion takes bash, zsh or fish",
    next: "churn completion bash",
  },
  {
    cause: "setup of nothing",
    by: (root: string) => setup.run(contextIn(root, quietTerminal().terminal), setup.flags.parse({})),
    code: 2,
    says: "what is to be set up? churn setup takes native",
    next: "churn setup native",
  },
  {
    cause: "message without a word",
    by: messageWith({}),
    code: 2,
    says: "which of them? churn message takes test, show or flush",
    next: "test sends a test message on every channel, show prints what each would get,\nflush sends what is missing",
  },
  {
    cause: "message test of a date",
    by: messageWith({ what: "test", date: "2026-11-23" }),
    code: 2,
    says: "--date is for churn message show and churn message flush --unknown",
    next: undefined,
  },
  {
    cause: "message show of what is unknown",
    by: messageWith({ what: "show", unknown: true }),
    code: 2,
    says: "--unknown is for churn message flush",
    next: undefined,
  },
  {
    cause: "message test without channels",
    by: messageWith({ what: "test" }, `${least}notify: { channels: [] }\n`),
    code: 2,
    says: "no channel is configured",
    next: "notify: { channels: [terminal, file] }",
  },
  {
    cause: "message test with a channel that has no address",
    by: messageWith({ what: "test" }, `${least}notify: { channels: [file, slack] }\n`),
    code: 5,
    says: "slack could not be told",
    next: "look above for why",
  },
  {
    cause: "message show where nobody was told anything",
    by: messageWith({ what: "show" }),
    code: 2,
    says: "there is no message in this store yet",
    next: "a night makes one: churn run-all",
  },
  {
    cause: "message show of another night",
    by: messageWith({ what: "show", date: "2026-11-23" }),
    code: 2,
    says: "there is no message about the night of 2026-11-23",
    next: "churn message show has the newest one",
  },
  {
    cause: "get without a key",
    by: getWith({}),
    code: 2,
    says: "which file? churn get takes a KEY",
    next: "churn ls --date DATE lists a night's keys",
  },
  {
    cause: "cat without a key",
    by: (root) => cat(pipeline).run(contextIn(root, quietTerminal().terminal), { rows: 10, key: undefined }),
    code: 2,
    says: "which file? churn cat takes a KEY",
    next: "churn ls --date DATE lists a night's keys",
  },
  {
    cause: "get of a table onto a screen",
    by: getWith({ key: KEY, output: "-" }, true),
    code: 2,
    says: "raw/2026-11-23/customers.parquet is no text for a terminal",
    next: "churn cat raw/2026-11-23/customers.parquet shows its first rows",
  },
  {
    cause: "get into a folder that isn't there",
    by: getWith({ key: KEY, output: "nowhere/x" }),
    code: 2,
    says: "there is no folder FOLDER/nowhere to put x into",
    next: "make it first",
  },
  {
    cause: "get over a file that is there",
    by: getWith({ key: KEY, output: "churn.yaml" }),
    code: 2,
    says: "FOLDER/churn.yaml is there already",
    next: "--force replaces it, --output names another place",
  },
  {
    cause: "get over a pipe, be it with --force",
    by: (root) => {
      execFileSync("mkfifo", [join(root, "pipe")]);
      return getWith({ key: KEY, output: "pipe", force: true })(root);
    },
    code: 2,
    says: "FOLDER/pipe is no file",
    next: "--output names another place, and - is stdout",
  },
  {
    cause: "get over a folder",
    by: (root) => {
      mkdirSync(join(root, "customers.parquet"));
      return getWith({ key: KEY })(root);
    },
    code: 2,
    says: "FOLDER/customers.parquet is a folder",
    next: "--output names another place",
  },
  {
    cause: "gc that nobody has told how long files are kept",
    by: (root) => {
      writeFileSync(join(root, "churn.yaml"), least);
      return gc(pipeline).run(contextIn(root, quietTerminal().terminal), { dry_run: true });
    },
    code: 2,
    says: "neither --keep nor retention of churn.yaml says how long files are kept",
    next: "churn gc --keep 30d --dry-run shows what would be removed",
  },
  {
    cause: "init with a date and no sample",
    by: (root) =>
      init.run(contextIn(root, quietTerminal().terminal), { sample: false, adopt: false, date: "2026-11-23" }),
    code: 2,
    says: "--date is the last day of the sample, and --sample was not given",
    next: "churn init --sample --date 2026-11-23",
  },
  {
    cause: "init with a table and no source",
    by: initWith({ table: "customers" }),
    code: 2,
    says: "--table says which table of --from is meant, and --from was not given",
    next: "churn init --from URL --table TABLE",
  },
  {
    cause: "init with a source and the sample",
    by: initWith({ from: "csv:c.csv", sample: true }),
    code: 2,
    says: "--from looks at a table, and --sample makes one: leave one out",
    next: "churn init --from URL --table TABLE",
  },
  {
    cause: "init with a source and a store to adopt",
    by: initWith({ from: "csv:c.csv", adopt: true }),
    code: 2,
    says: "--from writes churn.yaml, and --adopt takes what it names: leave one out",
    next: "churn init --adopt",
  },
  {
    cause: "init with a source beside a churn.yaml",
    by: async (root) => {
      await initWith({})(root);
      await initWith({ from: "csv:c.csv" })(root);
    },
    code: 2,
    says: "churn.yaml is there already, and --from writes one",
    next: "beside it, to compare them:\nchurn -C ANOTHER_FOLDER init --from URL --table TABLE",
  },
  {
    cause: "promote without a terminal",
    by: promoteThree(quietTerminal().terminal),
    code: 2,
    says: "promote asks before it changes Production, and there is no terminal to ask on",
    next: "churn promote --version 3 --yes",
  },
  {
    cause: "promote where Production has changed since the question",
    by: promoteThree(quietTerminal(["yes"]).terminal, async (root) => {
      await openFolder(join(root, "mlruns")).transitionStage("churn-model", 2, "Archived");
    }),
    code: 75,
    says: "the versions in Production have changed since the question was asked",
    next: "churn promote --version 3",
  },
  {
    cause: "a rollback where production has changed while the model was looked at",
    by: "test/commands/rollback.test.ts",
    code: 75,
    says: "the versions in production have changed while the model was looked at",
    next: "churn rollback --to 1",
  },
  {
    cause: "gates that fail",
    by: night({ gates: { row_count: 500, null_rate: false, duplicate_rate: false, leakage: false } }),
    code: 3,
    says: "1 of 7 quality gates failed on raw/2026-11-23/customers.parquet",
    next: 'look at the source, then read it again:\nchurn run-all --date 2026-11-23\nor let this very file pass:\nchurn run-all --date 2026-11-23 --accept row_count --reason "…"',
  },
  {
    cause: "a channel that fails",
    by: "test/program/mistakes/files-and-disk.test.ts",
    code: 5,
    says: "file: …: a folder stands where a file belongs",
    next: "the next run-all sends what is missing, churn message flush does it now",
  },
  {
    cause: "verify with a date and all nights",
    by: (root) => verify(pipeline).run(contextIn(root, quietTerminal().terminal), { date: "2026-11-23", all: true }),
    code: 2,
    says: "--date and --all: one of them is enough",
    next: undefined,
  },
  {
    cause: "verify of a date without a night",
    by: async (root) => {
      writeFileSync(join(root, "churn.yaml"), least);
      await verify(pipeline).run(contextIn(root, quietTerminal().terminal), { date: "2026-11-23", all: false });
    },
    code: 2,
    says: "there is no night 2026-11-23 in this store",
    next: "churn verify --all shows those that are there",
  },
  {
    cause: "ls where a night is damaged",
    by: "test/commands/ls.test.ts",
    code: 4,
    says: "the night of … is damaged",
    next: "churn verify --date … says what can be done",
  },
  {
    cause: "ls where several nights are damaged",
    by: "test/commands/ls.test.ts",
    code: 4,
    says: "2 nights are damaged",
    next: "churn verify --all says what can be done",
  },
  {
    cause: "gc where a night is damaged",
    by: "test/commands/gc.test.ts",
    code: 4,
    says: "the night of … is damaged, and was left as it is",
    next: "churn verify --date … says what can be done",
  },
  {
    cause: "gc where several nights are damaged",
    by: "test/commands/gc.test.ts",
    code: 4,
    says: "2 nights are damaged, and were left as they are",
    next: "churn verify --all says what can be done",
  },
  {
    cause: "verify where one thing is damaged",
    by: "test/commands/verify.test.ts",
    code: 4,
    says: "one thing is damaged",
    next: "what can be done stands below each of them",
  },
  {
    cause: "verify where more is damaged",
    by: "test/commands/verify.test.ts",
    code: 4,
    says: "… things are damaged",
    next: "what can be done stands below each of them",
  },
];
