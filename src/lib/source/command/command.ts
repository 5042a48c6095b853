import { closeSync, mkdirSync, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { whole } from "../../cli/numbers.ts";
import { visible } from "../../cli/visible.ts";
import type { Config } from "../../config/schema.ts";
import type { Database } from "../../duckdb/database.ts";
import { ServiceError, UsageError } from "../../errors.ts";
import { orUndefined } from "../../files/absent.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";
import { type OomSign, oomClause, oomKills, oomSign } from "../../files/oom-kills.ts";
import { holdUnfinished } from "../../files/unfinished.ts";
import { redactor } from "../../workspace/redact.ts";
import { openCsv } from "../csv/csv.ts";
import { openJsonLines } from "../json-lines.ts";
import { openParquet } from "../parquet.ts";
import type { SourceSettings } from "../query.ts";
import { type SourceEnvironment, timeoutSeconds } from "../server/settings.ts";
import { sourceShelter } from "../shelter.ts";
import type { Source, SourceRequest, SourceSession } from "../source.ts";
import { wordsInPlaceOfRows } from "./last-words.ts";
import { requireProgram } from "./program.ts";
import { type CommandFile, commandSession, nothingCame, ofCommand } from "./reading.ts";
import { type ProgramEnd, runProgram } from "./run.ts";
import { refuseTableForPeople } from "./table-for-people.ts";
import { asksForDate, environmentOf, wordsOf, writesFile } from "./words.ts";

/**
 * Customers that a program gives, whatever it asks for them. It is run once, when the source is opened, and what it gives lies in a
 * private file until the session ends.
 *
 * @param root         the workspace's folder, where the program is started
 * @param environment  where the variables of source.env come from
 */
export function openCommand(source: Config["source"], root: string, environment: SourceEnvironment): Source {
  const { command = [], format = "csv" } = source;
  const program = visible(basename(command[0] ?? ""));
  const description = `command ${program}`;
  return {
    description,
    choosesDate: asksForDate(command),
    isLive: true,
    requirePresent: async () => {
      const words = wordsOf(command, { date: "", out: "" }, environment);
      const given = environmentOf(source.env ?? [], environment);
      try {
        requireProgram(words[0] ?? "", { folder: root, path: given.PATH });
      } catch (error) {
        throw startError(error, words[0] ?? "", given);
      }
    },
    async open(db, request) {
      const held = holdUnfinished(sourceShelter());
      try {
        makeFolder(held.path);
        const file: CommandFile = {
          path: join(held.path, `customers.${format}`),
          gives: `what ${program} gives`,
          program,
          awaited: { date: request.date, today: request.today ?? request.date },
        };
        await fill(file, source, root, environment);
        const session = await openFile(file, source, db, request);
        const spoken = commandSession(session, description, file);
        try {
          await requireWholeRows(db, spoken, source, file);
        } catch (error) {
          await session[Symbol.asyncDispose]();
          throw error;
        }
        return {
          ...spoken,
          async [Symbol.asyncDispose]() {
            try {
              await session[Symbol.asyncDispose]();
            } finally {
              held[Symbol.dispose]();
            }
          },
        };
      } catch (error) {
        held[Symbol.dispose]();
        throw error;
      }
    },
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw machineError(error, path);
  }
}

/** Runs the command; its file is there then, and not empty. */
async function fill(
  file: CommandFile,
  source: Config["source"],
  root: string,
  environment: SourceEnvironment,
): Promise<void> {
  const { command = [], env = [] } = source;
  const { path, program, awaited } = file;
  const words = wordsOf(command, { date: awaited.date, out: path }, environment);
  const given = environmentOf(env, environment);
  const output = writesFile(command) ? undefined : createPrivate(path);
  const killsBefore = oomKills();
  let end: ProgramEnd;
  try {
    end = await runProgram({ words, cwd: root, env: given, output, limitSeconds: timeoutSeconds(source) });
  } catch (error) {
    throw startError(error, words[0] ?? "", given);
  } finally {
    if (output !== undefined) closeSync(output);
  }
  await requireGoodEnd({ ...end, oom: oomSign(killsBefore, oomKills()) }, file, source, environment);
  const written = await orUndefined(() => stat(path));
  if (written === undefined || (written.isFile() && written.size === 0)) throw nothingCame({ program, awaited });
}

const KILLED_IN_SHELL = 137;

function createPrivate(path: string): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    throw machineError(error, path);
  }
}

/** Why a program couldn't be started, where a person can mend it. */
function startError(error: unknown, program: string, env: Readonly<Record<string, string>>): unknown {
  const code = errorCode(error);
  const shown = visible(program);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new UsageError(
      `source.command: there is no program ${shown}, or not the one that its first line names`,
      program.includes("/")
        ? "a relative path starts at the workspace's folder"
        : `it is looked for in PATH, ${env.PATH ?? "which isn't set"}; an absolute path in source.command finds it anywhere`,
      { cause: error },
    );
  }
  if (code === "EACCES" || code === "ENOEXEC") {
    return new UsageError(
      `source.command: ${shown} isn't a program that this user may run`,
      "chmod +x makes one of it, or name its interpreter before it: [python3, FILE]",
      { cause: error },
    );
  }
  return machineError(error, shown);
}

/** An exit status of 0 is the only end that says that all has come; output says nothing. */
async function requireGoodEnd(
  { exitCode, signal, timedOut, words, oom }: ProgramEnd & { readonly oom: OomSign },
  { path, program }: CommandFile,
  source: Config["source"],
  { secretValues }: SourceEnvironment,
): Promise<void> {
  if (exitCode === 0 && !timedOut) return;
  const redact = redactor(secretValues);
  const inPlaceOfRows = writesFile(source.command ?? []) ? [] : await wordsInPlaceOfRows(path, redact);
  const details = [...inPlaceOfRows, ...words.lines(redact)];
  if (timedOut) {
    throw new ServiceError(
      `source.command: ${program} was stopped: it took longer than ${whole(timeoutSeconds(source))} s`,
      "source.timeout in churn.yaml says how long it may take",
      { details },
    );
  }
  // A shell says of what it has started that it was killed by 128 and the signal's number.
  const isKilled = signal === "SIGKILL" || exitCode === KILLED_IN_SHELL;
  const kernel = oomClause(oom);
  if (isKilled && kernel !== undefined) {
    throw new ServiceError(
      `source.command: ${program} was killed, probably out of memory: ${kernel}; nothing that it gave was kept`,
      "fewer rows or columns at a time, or more memory for the machine or the container",
      { details },
    );
  }
  if (signal !== null) {
    throw new ServiceError(
      `source.command: ${program} was ended by ${signal}; nothing that it gave was kept`,
      "did somebody stop it? after SIGKILL the kernel's log (dmesg) says whether memory ran out",
      { details },
    );
  }
  throw new ServiceError(
    `source.command: ${program} ended with status ${exitCode}; nothing that it gave was kept`,
    "run it by hand in the workspace's folder; of the environment it has PATH, HOME and TZ, LANG=C.UTF-8, and what source.env names",
    { details },
  );
}

async function openFile(
  file: CommandFile,
  source: Config["source"],
  db: Database,
  request: SourceRequest,
): Promise<SourceSession> {
  const { path, gives } = file;
  const settings: SourceSettings = {
    root: join(path, ".."),
    path,
    description: gives,
    table: undefined,
    query: undefined,
    files: [],
  };
  try {
    if (source.format === "parquet") return await openParquet(settings).open(db, request);
    if (source.format === "jsonl") return await openJsonLines(settings).open(db, request);
    if ((await stat(path)).isFile()) await refuseTableForPeople(path, gives, source.csv);
    return await openCsv(settings, source.csv).open(db, request);
  } catch (error) {
    throw ofCommand(error, file);
  }
}

/** What the rows are counted in, for a moment. */
const COUNTED = "memory.main.command_rows";

/**
 * Refuses exactly as many rows as the tool gives at most, since whoever has more gets as many, and a Parquet file without a row:
 * what writes one, pandas for one, gives its columns types that say nothing of the customers'.
 */
async function requireWholeRows(
  db: Database,
  session: SourceSession,
  { limit, format }: Config["source"],
  file: CommandFile,
): Promise<void> {
  if (limit === undefined && format !== "parquet") return;
  const rows = await rowsOf(db, session);
  if (rows === 0 && format === "parquet") throw nothingCame(file);
  if (limit === undefined || rows !== limit) return;
  throw new UsageError(
    `source.command: ${file.program} gave exactly ${whole(limit)} rows, which is source.limit: there may be more, cut off by it`,
    "raise the limit of the command's tool above the number of customers, and source.limit in churn.yaml with it",
  );
}

async function rowsOf(db: Database, { csv, columns, load }: SourceSession): Promise<number> {
  if (csv !== undefined) return csv.reading.lines.rows + csv.reading.lines.bad;
  const rows = await load(COUNTED, { columns: columns.slice(0, 1).map(({ name }) => name), day: undefined });
  await db.run(`DROP TABLE ${COUNTED}`);
  return rows;
}
