/** A word as a shell takes it back, for commands that people paste. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * A text whose commands of churn name the workspace, so that they can be pasted wherever one stands.
 *
 * @param folder    the workspace's, absolute
 * @param commands  their names
 */
export function commandsAt(folder: string, text: string, commands: readonly string[]): string {
  // Not the last word of a path: what names a folder called churn already stays as it is. Help is the same everywhere.
  const command = new RegExp(`(?<![\\w/.-])churn (?=(?:${commands.join("|")})(?![\\w-])(?! --help))`, "g");
  return text.replaceAll(command, () => `churn -C ${shellWord(folder)} `);
}

/**
 * A text whose commands that run a stage name the night: pasted tomorrow, they would mean tomorrow's.
 *
 * @param night   as --date takes it
 * @param stages  their names
 */
export function commandsOf(night: string, text: string, stages: readonly string[]): string {
  const command = new RegExp(`\\bchurn (${stages.join("|")})(?![\\w-])(?!.* --(?:date|help)\\b)`, "g");
  return text.replaceAll(command, (_, stage) => `churn ${stage} --date ${shellWord(night)}`);
}
