import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { startWatcher } from "../../src/lib/source/command/watch.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import type { Row } from "./row.ts";

const TODAY = "2026-11-23";
const TOKEN = "tall-orders-9";
type Given = z.input<typeof configSchema>["source"];

/** Opens a command as a source, for today. */
function command(words: string[], more: Partial<Given> = {}, date = TODAY) {
  return async (root: string) => {
    await writeFile(join(root, "plain.txt"), "id,churned\n");
    const { source } = configSchema.parse({
      dataset: { id: "id", target: { column: "churned" } },
      source: { command: words, format: "csv", ...more },
    });
    await using db = await openDatabase();
    const environment = readEnvironment({ PATH: "/usr/bin:/bin", TOKEN, NO_TEXT_FILE: join(root, "zeros") }, root);
    await writeFile(join(root, "zeros"), "a\0b", { mode: 0o600 });
    await using _session = await openSource(source, root, environment).open(db, { date, today: TODAY, text: [] });
  };
}

const CSV = "id,churned\nC1,true\nC2,false\n";
const PLAIN = "have the tool write plain CSV, with nothing around it: docs/sources.md says how for some";
const UNFINISHED = "printf ended as if all were well: have it end with another status than 0 where it doesn't finish";

/** What source.command ends with; its test holds that no file is left of any. */
export const sourceCommand: readonly Row[] = [
  {
    cause: "source.command names no program of this machine",
    by: command(["no-such-program"]),
    code: 2,
    says: "source.command: there is no program no-such-program, or not the one that its first line names",
    next: "it is looked for in PATH, /usr/bin:/bin; an absolute path in source.command finds it anywhere",
  },
  {
    cause: "source.command names a path where nothing is",
    by: command(["./export.sh"]),
    code: 2,
    says: "source.command: there is no program ./export.sh, or not the one that its first line names",
    next: "a relative path starts at the workspace's folder",
  },
  {
    cause: "source.command names a file that isn't executable",
    by: command(["./plain.txt"]),
    code: 2,
    says: "source.command: ./plain.txt isn't a program that this user may run",
    next: "chmod +x makes one of it, or name its interpreter before it: [python3, FILE]",
  },
  {
    cause: "source.command has a NUL in it",
    by: command(["printf", "a\0b"]),
    code: 2,
    says: "source.command: word 2 has a character of the code 0 in it, which no program can be given",
    next: 'source: { command: [PROGRAM, "WORD"] } in churn.yaml: in double quotes \\0 is that character, and \\\\0 is not',
  },
  {
    cause: "source.command has a secret in it",
    by: command(["printf", `--token=${TOKEN}`]),
    code: 2,
    says: "source.command: word 2 holds a secret, and every user of this machine sees it while the command runs",
    next: "source.env in churn.yaml names variables that the command gets: their values are seen by its user alone",
  },
  {
    cause: "source.env names what isn't set",
    by: command(["printf", CSV], { env: ["WAREHOUSE_TOKEN"] }),
    code: 2,
    says: "source.env: WAREHOUSE_TOKEN isn't set",
    next: "set WAREHOUSE_TOKEN in the environment or in the workspace's .env (mode 0600), or name a file that holds it in WAREHOUSE_TOKEN_FILE",
  },
  {
    cause: "source.env names a file with a NUL in it",
    by: command(["printf", CSV], { env: ["NO_TEXT"] }),
    code: 2,
    says: "source.env: NO_TEXT has a character of the code 0 in it, which no variable can hold",
    next: "is the file that it names one of text?",
  },
  {
    cause: "the command ends with a status other than 0",
    by: command(["sh", "-c", "echo id; exit 3"]),
    code: 5,
    says: "source.command: sh ended with status 3; nothing that it gave was kept",
    next: "run it by hand in the workspace's folder; of the environment it has PATH, HOME and TZ, LANG=C.UTF-8, and what source.env names",
  },
  {
    cause: "source.command, which the kernel kills for want of memory",
    by: "test/integration/out-of-memory.test.ts",
    code: 5,
    says: "source.command: node was killed, probably out of memory: the kernel has ended one of … processes for want of it; nothing that it gave was kept",
    next: "fewer rows or columns at a time, or more memory for the machine or the container",
  },
  {
    cause: "the command is ended by a signal",
    by: command(["sh", "-c", "kill -9 $$"]),
    code: 5,
    says: "source.command: sh was ended by SIGKILL; nothing that it gave was kept",
    next: "did somebody stop it? after SIGKILL the kernel's log (dmesg) says whether memory ran out",
  },
  {
    cause: "the command takes longer than source.timeout",
    by: command(["sleep", "60"], { timeout: "1s" }),
    code: 5,
    says: "source.command: sleep was stopped: it took longer than 1 s",
    next: "source.timeout in churn.yaml says how long it may take",
  },
  {
    cause: "the command gives nothing today",
    by: command(["true"]),
    code: 75,
    says: "source.command: true ended well and gave nothing for 2026-11-23",
    next: "once it is there:\nchurn run-all --date 2026-11-23",
  },
  {
    cause: "the command gives nothing for a past date",
    by: command(["true"], {}, "2026-11-20"),
    code: 2,
    says: "source.command: true ended well and gave nothing for 2026-11-20",
    next: "does it give the customers of a past date? {date} in source.command is the date",
  },
  {
    cause: "the command's tool cuts its answer",
    by: command(["printf", CSV], { limit: 2 }),
    code: 2,
    says: "source.command: printf gave exactly 2 rows, which is source.limit: there may be more, cut off by it",
    next: "raise the limit of the command's tool above the number of customers, and source.limit in churn.yaml with it",
  },
  {
    cause: "a rule stands under the header of a command's CSV",
    by: command(["printf", "%s", "id,churned\n--,-------\nC1,true\n"]),
    code: 2,
    says: "source.command: line 2 of what printf gives is a rule of dashes, as in a table for people",
    next: PLAIN,
  },
  {
    cause: "a count stands behind a command's CSV",
    by: command(["printf", "%s", `${CSV}(2 rows affected)\n`]),
    code: 2,
    says: "source.command: the last line of what printf gives counts rows: (2 rows affected)",
    next: PLAIN,
  },
  {
    cause: "what a command gives was cut, though it ended well",
    by: command(["printf", "PAR1"], { format: "parquet" }),
    code: 5,
    says: "source.command: what printf gives is not whole: its end is missing",
    next: UNFINISHED,
  },
  {
    cause: "what a command gives isn't what source.format says",
    by: command(["printf", CSV], { format: "parquet" }),
    code: 2,
    says: "source.command: what printf gives is not a Parquet file",
    next: "source.format in churn.yaml says what the command gives: parquet, csv or jsonl",
  },
  {
    cause: "there is no shell to watch over a command",
    by: async () => {
      using _watcher = await startWatcher("/nowhere/sh");
    },
    code: 5,
    says: "source.command: there is no /nowhere/sh, which ends the command where churn is killed",
    next: "install a shell there: a container's image without one can't run programs",
  },
];
