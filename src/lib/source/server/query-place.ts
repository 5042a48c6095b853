/**
 * Where in the user's query a server's error is.
 *
 * @param query     as churn.yaml has it
 * @param sent      what of it was sent, with a literal in the place of each {date}
 * @param position  characters of `sent` before it, an emoji being one
 * @returns "line 2, column 8", of the query as churn.yaml has it; undefined where it isn't in it
 */
export function queryPlace(query: string, sent: string, position: number): string | undefined {
  const characters = [...sent];
  if (position < 0 || position > characters.length) return undefined;
  const before = characters.slice(0, position).join("");
  const lead = query.slice(0, query.length - query.trimStart().length);
  const lines = (lead + before).split("\n");
  const line = lines.length;
  // A line that has {date} is longer as it was sent.
  const hasDate = (query.split("\n")[line - 1] ?? "").includes("{date}");
  return `line ${line}${hasDate ? "" : `, column ${[...(lines.at(-1) ?? "")].length + 1}`}`;
}
