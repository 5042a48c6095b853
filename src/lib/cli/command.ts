import type { ChalkInstance } from "chalk";
import type * as z from "zod";

/** Where the process meets its user; the border makes it once, tests make their own. */
export interface Terminal {
  /** A line of the result, on stdout. */
  print(line: string): void;
  /** The result for programs, as one line of JSON on stdout. */
  printJson(value: unknown): void;
  /** A file's bytes, as they are, on stdout. */
  printBytes(bytes: Uint8Array): void;
  /** A line of message, on stderr. */
  say(line: string): void;
  /** A line that the next one replaces, for what is under way; undefined clears it. Nothing where stderr can't redraw. */
  status(line: string | undefined): void;
  /** From here on every line goes through this: secrets don't get as far as a screen, or the file behind it. */
  mask(redact: (text: string) => string): void;
  /**
   * Asks on the terminal; undefined when there is no terminal to ask on, an empty text when no answer is given.
   *
   * @throws {InterruptedError} when Ctrl-C is the answer
   */
  ask(question: string): Promise<string | undefined>;
  /** Colour for what goes to stdout and stderr, each judged by itself. */
  readonly chalk: { readonly stdout: ChalkInstance; readonly stderr: ChalkInstance };
  /** Whether stderr is a terminal that can redraw a line. */
  readonly interactive: boolean;
  /** Whether somebody reads stdout on a screen. */
  readonly onScreen: boolean;
  /** Width of stderr in columns, 80 where it isn't a terminal. */
  readonly columns: number;
}

/** What every command gets from the border. */
export interface CommandContext {
  /** the folder to work in: the current one, or -C DIR */
  readonly cwd: string;
  /** when the run began, asked once: whatever needs today's date has it from here, however long the run goes on */
  readonly now: Date;
  /** Goes to a workspace's folder, so that files that a query or a view names relatively lie there. */
  goTo(folder: string): void;
  /** the process's environment, as it came */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** --set a.b=c, in order */
  readonly overrides: readonly string[];
  /** --json: the result for programs, on stdout */
  readonly json: boolean;
  readonly terminal: Terminal;
  /** the program's file, to start stages with */
  readonly program: string;
  /** the names of all commands */
  readonly commands: readonly string[];
  /** what was typed, for records: churn and its arguments */
  readonly argv: readonly string[];
}

export type CommandGroup = "A night" | "The stages" | "The models" | "The files" | "The team" | "Setting up";

/**
 * A subcommand that is not a stage. Flags are a zod object whose field names become options (`dryRun` is `--dry-run`) and
 * whose descriptions become their help; the border parses them.
 */
export interface Command<Flags extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly group: CommandGroup;
  /** one line for help */
  readonly summary: string;
  readonly flags: Flags;
  /** @returns the exit code, where it is another one than 0 and no error says it */
  run(context: CommandContext, flags: z.infer<Flags>): Promise<void> | Promise<number>;
}

/** Returns its argument; it exists so that flags give `run` its types. */
export function defineCommand<Flags extends z.ZodObject>(command: Command<Flags>): Command<Flags> {
  return command;
}
