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
