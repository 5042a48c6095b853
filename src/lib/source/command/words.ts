import { UsageError } from "../../errors.ts";
import { secretFinder } from "../../workspace/redact.ts";
import type { SourceEnvironment } from "../server/settings.ts";

const HINT = "source.env in churn.yaml names variables that the command gets: their values are seen by its user alone";

/** Whether {date} stands somewhere in a command. */
export function asksForDate(command: readonly string[]): boolean {
  return command.some((word) => word.includes("{date}"));
}

/** Whether a command writes its file by itself. */
export function writesFile(command: readonly string[]): boolean {
  return command.some((word) => word.includes("{out}"));
}

/**
 * A command's words as the program gets them. Every user of the machine can read them while it runs.
 *
 * @param date  YYYY-MM-DD, for {date}
 * @param out   the path for {out}
 * @throws {UsageError} when a word holds a secret, or what no word can hold
 */
export function wordsOf(
  command: readonly string[],
  { date, out }: { readonly date: string; readonly out: string },
  { secretValues }: Pick<SourceEnvironment, "secretValues">,
): string[] {
  const holdsSecret = secretFinder(secretValues);
  for (const [index, word] of command.entries()) {
    if (word.includes("\0")) {
      throw new UsageError(
        `source.command: word ${index + 1} has a character of the code 0 in it, which no program can be given`,
        'source: { command: [PROGRAM, "WORD"] } in churn.yaml: in double quotes \\0 is that character, and \\\\0 is not',
      );
    }
    if (holdsSecret(word)) {
      throw new UsageError(
        `source.command: word ${index + 1} holds a secret, and every user of this machine sees it while the command runs`,
        HINT,
      );
    }
  }
  return command.map((word) => word.replaceAll("{date}", () => date).replaceAll("{out}", () => out));
}

/** What every command gets of the environment, where it is set there. */
const COMMON = ["PATH", "HOME", "TZ"];

/**
 * The whole environment of a command: what programs need everywhere, and the variables that source.env names.
 *
 * @throws {UsageError} when one of them isn't set, or can't be handed on
 */
export function environmentOf(names: readonly string[], environment: SourceEnvironment): Record<string, string> {
  const given: Record<string, string> = { LANG: "C.UTF-8", LC_ALL: "C.UTF-8" };
  for (const name of COMMON) {
    const value = environment.get(name);
    if (value !== undefined) given[name] = value;
  }
  for (const name of names) {
    const value = environment.secret(name);
    if (value === undefined) {
      throw new UsageError(
        `source.env: ${name} isn't set`,
        `set ${name} in the environment or in the workspace's .env (mode 0600), or name a file that holds it in ${name}_FILE`,
      );
    }
    if (value.includes("\0")) {
      throw new UsageError(
        `source.env: ${name} has a character of the code 0 in it, which no variable can hold`,
        "is the file that it names one of text?",
      );
    }
    given[name] = value;
  }
  return given;
}
