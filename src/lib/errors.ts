import { foreignWords } from "./workspace/foreign.ts";

/**
 * A text is one line, and a list has a line an entry. A line end within one of them is part of a name that it quotes: it would
 * let a name forge a line of churn's.
 */
export type Lines = string | readonly string[];

/** Lines as one text, in which every line end is churn's own. */
export function linesText(lines: Lines): string {
  return [lines]
    .flat()
    .map((line) => line.replaceAll(/[\r\n]/g, "�"))
    .join("\n");
}

/**
 * What went wrong, for the person who reads it: `message` says what happened and where, `hint` what to do next (best a
 * command to paste), `exitCode` which kind it is. Anything that is not a ChurnError is a defect in churn.
 */
export class ChurnError extends Error {
  override readonly name: string = "ChurnError";
  readonly exitCode: number;
  readonly hint: string | undefined;
  /** Lines of evidence that people see above the message, such as a table of gates. */
  readonly details: readonly string[];
  /** What of all this are another program's words, which may quote a customer: no message that leaves the machine has them. */
  readonly foreign: readonly string[];

  constructor(exitCode: number, message: Lines, hint?: Lines, options: ChurnErrorOptions = {}) {
    super(linesText(message), options);
    this.exitCode = exitCode;
    this.hint = hint === undefined ? undefined : linesText(hint);
    this.details = options.details ?? [];
    this.foreign = options.foreign ?? foreignWords([this.message, this.hint ?? ""], this.details, options.cause);
  }
}

/** The first line of what an error says, and how many more there are: for who shows the whole of it elsewhere. */
export function firstLineOf({ message }: ChurnError): string {
  const [first = "", ...others] = message.split("\n");
  return `${first}${others.length === 0 ? "" : `, and ${others.length} more`}`;
}

export interface ChurnErrorOptions extends ErrorOptions {
  readonly details?: readonly string[];
  /** all of them, where the cause doesn't tell. Without it details are foreign, and what is quoted from the cause */
  readonly foreign?: readonly string[];
}

/** Usage, configuration or credentials: a person has to mend something. Exit code 2. */
export class UsageError extends ChurnError {
  override readonly name: string = "UsageError";
  constructor(message: Lines, hint?: Lines, options?: ChurnErrorOptions) {
    super(2, message, hint, options);
  }
}

/** A past date's customers are not in the source, which says nothing of other dates. Exit code 2. */
export class NoSnapshotError extends UsageError {
  override readonly name = "NoSnapshotError";
}

/** A file was written by a newer churn, in a form that this one doesn't know. Nothing is wrong with it. Exit code 2. */
export class NewerVersionError extends UsageError {
  override readonly name = "NewerVersionError";
}

/** Credentials are missing, wrong or over, which says nothing of what they are for. Exit code 2. */
export class CredentialsError extends UsageError {
  override readonly name = "CredentialsError";
}

/** A quality gate stopped the data. Exit code 3. */
export class QualityGateError extends ChurnError {
  override readonly name = "QualityGateError";
  constructor(message: Lines, hint?: Lines, options?: ChurnErrorOptions) {
    super(3, message, hint, options);
  }
}

/** What to do about a file of churn's own that is gone or damaged, where nothing more is known. */
export const RESTORE_HINT = "restore it from a backup, or run the stage again that wrote it (--force)";

/** An input is missing, damaged or changed: the stage that makes it has to run. Exit code 4. */
export class InputError extends ChurnError {
  override readonly name = "InputError";
  constructor(message: Lines, hint?: Lines, options?: ChurnErrorOptions) {
    super(4, message, hint, options);
  }
}

/** A service or the machine failed: database, registry, disk, memory, time limit. Exit code 5. */
export class ServiceError extends ChurnError {
  override readonly name: string = "ServiceError";
  constructor(message: Lines, hint?: Lines, options?: ChurnErrorOptions) {
    super(5, message, hint, options);
  }
}

/** A service elsewhere doesn't do what it is asked, or something else answers in its place. Exit code 5. */
export class FailingServiceError extends ServiceError {
  override readonly name: string = "FailingServiceError";
}

/** A service elsewhere is down, or fails: it may be back a while later. Exit code 5. */
export class UnreachableError extends FailingServiceError {
  override readonly name = "UnreachableError";
}

/**
 * The exit code of what may be tried again later, and is no failure beside others: another run is at work, or today's customers are not
 * there yet (EX_TEMPFAIL of sysexits.h).
 */
export const TRY_LATER = 75;

/** Not now: today's snapshot isn't there yet, or another run holds the lock. Exit code 75. */
export class TryLaterError extends ChurnError {
  override readonly name: string = "TryLaterError";
  constructor(message: Lines, hint?: Lines, options?: ChurnErrorOptions) {
    super(TRY_LATER, message, hint, options);
  }
}

/** Another run has the workspace or its store, and this one has begun nothing. Exit code 75. */
export class HeldError extends TryLaterError {
  override readonly name = "HeldError";
}

/** A defect, what a person has to mend, what has to be restored or made anew, what may pass by itself. */
const WORST_FIRST = [1, 2, 4, 3, 5, TRY_LATER];

/** The exit code of several ends: that of the worst; 0 where there is none. */
export function worstExitCode(codes: readonly number[]): number {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? codes[0] ?? 0;
}

/**
 * Whether something stood in the way of what was asked for: a setting, a right, credentials or a service. It tells nothing of the thing
 * itself, which may be as sound as ever.
 */
export function isInTheWay(error: unknown): error is ChurnError {
  return error instanceof UsageError || error instanceof FailingServiceError || error instanceof TryLaterError;
}

/** For `catch`, where nothing is what stands for a thing that can't be had: an error that people are told of says so; a defect is thrown on. */
export function unlessKnown(error: unknown): undefined {
  if (!(error instanceof ChurnError)) throw error;
}
