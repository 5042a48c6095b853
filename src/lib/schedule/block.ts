import { UsageError } from "../errors.ts";

/**
 * The part of a crontab that is churn's for a workspace: lines between two comments that name it, so that the tables of several
 * workspaces lie in one crontab. All other lines are somebody else's, and stay byte for byte; so a table is a text of bytes, each
 * as the letter of its number (Latin-1).
 */

const BEGIN = "# >>> churn schedule of ";
const END = "# <<< churn schedule of ";

/** The block as it stands in a crontab. */
export function blockText(root: string, lines: readonly string[]): string {
  return [BEGIN + root, ...lines, END + root, ""].join("\n");
}

/**
 * The lines between a workspace's marks; undefined where there are none.
 *
 * @throws {UsageError} where the marks are damaged
 */
export function blockIn(table: string, root: string): string[] | undefined {
  const lines = linesOf(table);
  const [place] = placesOf(lines, root);
  return place && lines.slice(place.begin + 1, place.end).map(asText);
}

/** What stands before a workspace's block, or before where it would be put: variables there hold for its lines. */
export function linesBefore(table: string, root: string): string[] {
  const lines = linesOf(table);
  const [place] = placesOf(lines, root);
  return lines.slice(0, place?.begin ?? lines.length).map(asText);
}

/** Lines outside of the block, and no comments, that start a night of the workspace all the same. */
export function strayLines(table: string, root: string): string[] {
  const named = asBytes(root);
  return linesOf(aroundBlock(table, root).join(""))
    .filter((line) => !/^\s*#/.test(line) && /\brun-all\b/.test(line) && names(line.replaceAll("\\%", "%"), named))
    .map(asText);
}

/** Whether a line names a folder, and not one that merely begins so. */
function names(line: string, folder: string): boolean {
  return line
    .split(folder)
    .slice(1)
    .some((behind) => !/^[\w.-]/.test(behind));
}

/**
 * The table with these lines as the workspace's block: in the place of the one that is there, else behind all that is.
 *
 * @throws {UsageError} where the marks are damaged
 */
export function withBlock(table: string, root: string, lines: readonly string[]): string {
  const [before, after] = aroundBlock(table, root);
  return `${endingLine(before)}${asBytes(blockText(root, lines))}${after}`;
}

/**
 * The table without the workspace's block.
 *
 * @throws {UsageError} where the marks are damaged
 */
export function withoutBlock(table: string, root: string): string {
  return aroundBlock(table, root).join("");
}

/** What stands before the workspace's first block and behind it, without any further ones. */
function aroundBlock(table: string, root: string): [before: string, after: string] {
  const lines = linesOf(table);
  const places = placesOf(lines, root);
  const [first] = places;
  if (first === undefined) return [table, ""];
  const isOther = (_: string, index: number) => !places.some(({ begin, end }) => index >= begin && index <= end);
  const others = (from: number, to?: number) =>
    lines
      .map((line, index) => (isOther(line, index) ? `${line}\n` : ""))
      .slice(from, to)
      .join("");
  return [others(0, first.begin), others(first.end + 1)];
}

interface Place {
  readonly begin: number;
  readonly end: number;
}

function placesOf(lines: readonly string[], root: string): Place[] {
  const marks = lines.flatMap((line, index) =>
    line.startsWith(BEGIN) || line.startsWith(END) ? [{ line, index }] : [],
  );
  const [begin, end] = [asBytes(BEGIN + root), asBytes(END + root)];
  const places: Place[] = [];
  for (const [number, { line, index }] of marks.entries()) {
    const next = marks[number + 1];
    const previous = marks[number - 1];
    if (line === begin) {
      if (next?.line !== end) throw damaged(root);
      places.push({ begin: index, end: next.index });
    } else if (line === end && previous?.line !== begin) throw damaged(root);
  }
  return places;
}

function damaged(root: string): UsageError {
  return new UsageError(
    `the crontab has one of the two marks of ${root} alone, so nobody can tell which lines are churn's`,
    `crontab -e: take out the lines that say "churn schedule of ${root}", and what churn wrote between them`,
  );
}

/** Without their line ends; a last line that has none counts. */
function linesOf(table: string): string[] {
  return endingLine(table).split("\n").slice(0, -1);
}

function endingLine(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function asText(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
