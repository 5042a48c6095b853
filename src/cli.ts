import "./lib/cli/interpret-schemas.ts";

import { resolve } from "node:path";
import { Command as Commander, CommanderError, Option } from "commander";
import type * as z from "zod";
import { backfill } from "./commands/backfill.ts";
import { cat } from "./commands/cat.ts";
import { completion } from "./commands/completion.ts";
import { config } from "./commands/config.ts";
import { doctor } from "./commands/doctor.ts";
import { gc } from "./commands/gc.ts";
import { get } from "./commands/get.ts";
import { history } from "./commands/history.ts";
import { init } from "./commands/init.ts";
import { logs } from "./commands/logs.ts";
import { ls } from "./commands/ls.ts";
import { message } from "./commands/message.ts";
import { models } from "./commands/models.ts";
import { preview } from "./commands/preview.ts";
import { promote } from "./commands/promote.ts";
import { rollback } from "./commands/rollback.ts";
import { runAll } from "./commands/run-all.ts";
import { schedule } from "./commands/schedule.ts";
import { setup } from "./commands/setup.ts";
import { status } from "./commands/status.ts";
import { verify } from "./commands/verify.ts";
import { watchdog } from "./commands/watchdog.ts";
import { why } from "./commands/why.ts";
import { jsonSchemas } from "./lib/artifacts/json-schemas.ts";
import type { Command, CommandContext, Terminal } from "./lib/cli/command.ts";
import { addFlags, collect, readFlags } from "./lib/cli/flags.ts";
import { commandHelp, programHelp } from "./lib/cli/output/help.ts";
import { openTerminal } from "./lib/cli/output/terminal.ts";
import { errorLines, presentable } from "./lib/cli/output/text.ts";
import { commandsAt } from "./lib/cli/shell.ts";
import { visible } from "./lib/cli/visible.ts";
import { isCheckLeft } from "./lib/doctor/look.ts";
import { isQueryLeftBehind } from "./lib/duckdb/left-behind.ts";
import { ChurnError, UsageError } from "./lib/errors.ts";
import { beginsUnknown, expandHome, homeFolder, KNOWN_START } from "./lib/files/home.ts";
import { isLeftWaiting } from "./lib/s3/credentials.ts";
import type { Stage } from "./lib/stage/define.ts";
import { isChannelAwaited } from "./lib/supervise/closed-channels.ts";
import { runStageCommand, stageFlags } from "./lib/supervise/stage-command.ts";
import { beginning } from "./lib/workspace/beginning.ts";
import { setVariables } from "./lib/workspace/env.ts";
import { endNow, endPastKoffi } from "./lib/workspace/native.ts";
import { redactor } from "./lib/workspace/redact.ts";
import { secretsIn } from "./lib/workspace/secret-values.ts";
import { VERSIONS } from "./lib/workspace/versions.ts";
import { pipeline } from "./pipeline.ts";

export { pipeline };

/** How `bin/churn` ends the process, once all is done. */
export const end = endPastKoffi;

/** Every command but the stages, in the order of the help. */
export const commands: readonly Command[] = [
  runAll(pipeline),
  backfill(pipeline),
  status(pipeline),
  why(pipeline),
  logs(pipeline),
  watchdog(pipeline),
  verify(pipeline),
  preview(pipeline),
  models,
  history(pipeline),
  promote,
  rollback(pipeline),
  ls(pipeline),
  get(pipeline),
  cat(pipeline),
  gc(pipeline),
  message,
  init,
  setup,
  schedule,
  config,
  doctor(pipeline),
  completion(() => ({
    options: [...globalOptions(), new Option("-h, --help", "this help")],
    commands: [...commands, ...pipeline.map((stage) => ({ ...stage, flags: flagsOfStage(stage) }))],
    stages: pipeline.map(({ name }) => name),
  })),
];

const commandNames = [...commands, ...pipeline].map(({ name }) => name);

/** The text of `churn --help`, which the build writes to a file that bin/churn shows without loading the program. */
export function help(): string {
  return programHelp(commands, pipeline);
}

/** The JSON Schemas of churn.yaml and of all that churn writes, which `npm run schemas` keeps in docs/schemas. */
export function schemas(): ReturnType<typeof jsonSchemas> {
  return jsonSchemas(pipeline);
}

/**
 * The border: words to a command, its errors to lines, its end to an exit code. `bin/churn` calls it with the process's own.
 *
 * @param argv     the words after the program's name
 * @param program  the program's file, to start stages with
 * @returns        the exit code
 */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv, program: string): Promise<number> {
  const exitCode = await perform(argv, env, program);
  if (isQueryLeftBehind() || isLeftWaiting() || isCheckLeft() || isChannelAwaited()) await endNow(exitCode);
  return exitCode;
}

async function perform(argv: readonly string[], env: NodeJS.ProcessEnv, program: string): Promise<number> {
  const now = new Date();
  // What churn keeps is customers' data: for its owner alone.
  process.umask(0o077);
  const terminal = openTerminal(env);
  // A workspace adds the secrets of its .env; words may be wrong before there is one.
  terminal.mask(redactor(secretsIn(setVariables(env))));
  let exitCode = 0;
  let place: string | undefined;
  try {
    await commandLine(terminal, async (act, options) => {
      const cwd = folder(options.directory, env);
      // Who works in another folder pastes what comes next in this one.
      if (options.directory !== undefined) place = cwd;
      const context: CommandContext = {
        cwd,
        now: beginning(env, now),
        goTo: process.chdir,
        env,
        overrides: options.set ?? [],
        json: options.json ?? false,
        terminal,
        program,
        commands: commandNames,
        argv: ["churn", ...argv],
      };
      exitCode = await act(context);
    }).parseAsync(wordsFor(argv), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError && error.code === "commander.help") {
      terminal.say(help().trimEnd());
      return 2;
    }
    const shown = presentable(error instanceof CommanderError ? usageError(error) : error);
    const hint = shown.hint && place !== undefined ? commandsAt(place, shown.hint, commandNames) : shown.hint;
    const { stderr } = terminal.chalk;
    for (const line of [
      ...shown.details.map((line) => visible(line)),
      ...errorLines(stderr, { message: shown.message, exitCode: shown.exitCode, hint }),
    ])
      terminal.say(line);
    if (shown.exitCode === 1 && error instanceof Error && !(error instanceof ChurnError))
      for (const line of (error.stack ?? "").split("\n")) terminal.say(stderr.dim(visible(line)));
    return shown.exitCode;
  }
}

/** The words as commander is to read them. */
function wordsFor(argv: readonly string[]): readonly string[] {
  const [first, named] = argv;
  // Further on, --version belongs to promote.
  if (first === "--version") return ["-V"];
  // Asked for help on what isn't there, commander shows its own and says nothing.
  return first === "help" && named !== undefined && !named.startsWith("-") && !commandNames.includes(named)
    ? [named]
    : argv;
}

/**
 * The folder to work in, absolute.
 *
 * @throws {UsageError} when the current folder was removed while a shell stands in it, or the path begins with what churn
 *                      doesn't know
 */
function folder(named = ".", env: NodeJS.ProcessEnv): string {
  if (beginsUnknown(named))
    throw new UsageError(
      `-C must be ${KNOWN_START}, but is ${named}`,
      "a folder of such a name is written with ./ before it",
    );
  const path = expandHome(named, () => homeFolder(env.HOME));
  try {
    return resolve(path);
  } catch (error) {
    throw new UsageError("the current folder is not there any more", "cd to one that is, or name one by -C DIR", {
      cause: error,
    });
  }
}

type Act = (context: CommandContext) => Promise<number>;
interface GlobalOptions {
  readonly directory?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

function commandLine(terminal: Terminal, perform: (act: Act, options: GlobalOptions) => Promise<void>): Commander {
  // Options are made for the one command that is named; making all of them would take longer than most commands' start.
  const flagsOf = new Map<Commander, z.ZodObject>();
  const complete = (command: Commander) => {
    const flags = flagsOf.get(command);
    if (flags !== undefined && flagsOf.delete(command)) addFlags(command, flags);
  };
  const program: Commander = new Commander("churn")
    .version(VERSIONS.churn, "-V", "the version")
    .helpOption("-h, --help", "this help")
    .helpCommand("help [command]", "a command's options")
    .configureHelp({
      formatHelp: (command, helper) => {
        complete(command);
        return command === program ? help() : commandHelp(command, helper);
      },
    })
    .hook("preSubcommand", (_, command) => complete(command))
    .configureOutput({ writeOut: (text) => terminal.print(text.trimEnd()), writeErr: () => {} })
    .exitOverride();
  for (const option of globalOptions()) program.addOption(option);
  const add = (
    name: string,
    summary: string,
    flags: z.ZodObject,
    act: (context: CommandContext, command: Commander) => Promise<number>,
  ) => {
    const command = program
      .command(name)
      .description(summary)
      .allowExcessArguments(false)
      .exitOverride((error) => {
        throw error.exitCode === 0 ? error : usageError(error, `churn ${name} --help lists its options`);
      });
    flagsOf.set(command, flags);
    command.action(() => perform((context) => act(context, command), program.opts<GlobalOptions>()));
  };
  for (const { name, summary, flags, run } of commands) {
    add(name, summary, flags, async (context, command) => {
      return (await run(context, readFlags(command, flags))) ?? 0;
    });
  }
  for (const stage of pipeline) {
    add(stage.name, stage.summary, flagsOfStage(stage), (context, command) =>
      runStageCommand(pipeline, stage, context, readFlags(command, stageFlags), readFlags(command, stage.flags)),
    );
  }
  return program;
}

/** The options of every command, made anew for each command line. */
function globalOptions(): Option[] {
  return [
    new Option("-C, --directory <dir>", "work in DIR instead of the current folder"),
    new Option("--set <key=value>", "set a key of churn.yaml for this call; may be repeated").argParser(collect),
    new Option("--json", "the result for programs, on stdout"),
  ];
}

function flagsOfStage({ flags }: Stage): z.ZodObject {
  return stageFlags.extend(flags.shape);
}

/** Commander's complaint in churn's own form: its suggestion is the hint, or else where the help is. */
function usageError(error: CommanderError, help = "churn --help lists commands and options"): UsageError {
  const [message = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  return new UsageError(message, suggestion?.replace(/^\(Did you mean (.*)\?\)$/, "did you mean $1?") ?? help);
}
