import { ChurnError, ServiceError, TryLaterError, UsageError } from "../../errors.ts";
import { KNOWN_SOURCES } from "../query.ts";
import { type Awaited, notThere } from "../ready.ts";
import type { SourceSession } from "../source.ts";

/** A command's file while it is read as any other. */
export interface CommandFile {
  /** its private path, which tells nobody anything */
  readonly path: string;
  /** what the readers call it: "what bq gives" */
  readonly gives: string;
  /** "bq" */
  readonly program: string;
  readonly awaited: Awaited;
}

/** Nothing came, and the command says that this is right: the sentence for all kinds of nothing. */
export function nothingCame({ program, awaited }: Pick<CommandFile, "program" | "awaited">): ChurnError {
  return notThere(
    `source.command: ${program} ended well and gave nothing for ${awaited.date}`,
    awaited,
    "does it give the customers of a past date? {date} in source.command is the date",
  );
}

/** What the readers of files say about a command's, as sentences about the command; any other error comes back as it is. */
export function ofCommand(error: unknown, file: CommandFile): unknown {
  if (!(error instanceof ChurnError)) return error;
  const { path, gives, program } = file;
  const message = error.message
    .replace(/^source\.url: /gm, "source.command: ")
    .replaceAll(path, gives)
    .split("\n");
  const hint = hintOf(error.hint);
  const options = { cause: error, details: error.details };
  if (error instanceof TryLaterError) {
    if (error.message.endsWith(" is empty")) return nothingCame(file);
    // Nobody writes on once the program has ended: what isn't whole then was never going to be.
    return new ServiceError(
      message,
      [`${program} ended as if all were well: have it end with another status than 0 where it doesn't finish`, ...hint],
      options,
    );
  }
  if (error instanceof ServiceError) return new ServiceError(message, hint, options);
  return error instanceof UsageError ? new UsageError(message, hint, options) : error;
}

/** What helps a command as well: neither another kind of file nor a later look at the same one. */
function hintOf(hint: string | undefined): string[] {
  const lines = (hint ?? "").replace(`; ${KNOWN_SOURCES}`, "").split("\n");
  const fitting = lines.filter((line) => line !== "" && !/\brun it again once\b/.test(line));
  return fitting.map((line) =>
    /\b(?:parquet|csv|jsonl|duckdb):FILE/.test(line)
      ? "source.format in churn.yaml says what the command gives: parquet, csv or jsonl"
      : line,
  );
}

/** A session over a command's file, which speaks of the command. */
export function commandSession(session: SourceSession, name: string, file: CommandFile): SourceSession {
  const translated = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw ofCommand(error, file);
    }
  };
  return {
    ...session,
    name,
    newestDate: (column, today) => translated(session.newestDate(column, today)),
    count: (day) => translated(session.count(day)),
    load: (table, wanted) => translated(session.load(table, wanted)),
  };
}
