/** Letters of a version's description that MLflow keeps. */
const LONGEST = 5000;

/** Descriptions are Markdown, in which a line end alone ends no line. */
const BETWEEN = "\n\n";

/**
 * A version's description with one more line; undefined where the line is there already, or doesn't fit any more.
 */
export function withLine(description: string, line: string): string | undefined {
  const lines = description === "" ? [] : description.split(BETWEEN);
  if (lines.includes(line)) return undefined;
  const text = [...lines, line].join(BETWEEN);
  return [...text].length > LONGEST ? undefined : text;
}
