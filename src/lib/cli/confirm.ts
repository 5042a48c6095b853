import { UsageError } from "../errors.ts";
import type { Hold } from "../tracking/rejection.ts";
import type { Terminal } from "./command.ts";
import { holdQuestion, holdSentence } from "./output/promotion.ts";

/**
 * Whether a person says yes to what a command is about to do.
 *
 * @param asking.what     the command's name
 * @param asking.before   what it asks before
 * @param asking.command  the command, without --yes
 * @throws {UsageError} when there is no terminal to ask on
 */
export async function confirm(
  terminal: Pick<Terminal, "ask">,
  question: string,
  {
    what,
    before = "it changes Production",
    command,
  }: { readonly what: string; readonly before?: string; readonly command: string },
): Promise<boolean> {
  const answer = await terminal.ask(question);
  if (answer !== undefined) return isYes(answer);
  throw new UsageError(`${what} asks before ${before}, and there is no terminal to ask on`, `${command} --yes`);
}

/**
 * Whether a promotion may go on although a rollback was only just done: --yes doesn't answer that.
 *
 * @param options.despite  --despite-hold
 * @throws {UsageError} when there is no terminal to ask on
 */
export async function requireReleased(
  terminal: Pick<Terminal, "ask">,
  hold: Hold | undefined,
  { despite, command, timezone }: { readonly despite: boolean; readonly command: string; readonly timezone: string },
): Promise<boolean> {
  if (hold === undefined || despite) return true;
  const answer = await terminal.ask(holdQuestion(hold, timezone));
  if (answer !== undefined) return isYes(answer);
  throw new UsageError(
    `production is on hold: ${holdSentence(hold, timezone)}`,
    `look at why first; then ${command} --yes --despite-hold`,
  );
}

function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim());
}
