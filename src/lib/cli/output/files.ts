import type { ChalkInstance } from "chalk";
import type { NightFile, NightSummary } from "../../stage/night-files.ts";
import { counted, fileSize, whole } from "../numbers.ts";
import { visible } from "../visible.ts";
import { type Column, tabulate } from "./table.ts";

/** So many digits of a digest tell a night's files apart for people; a state has no more letters. */
const DIGEST_SHOWN = 7;

/** The nights of a store, a line each, and below it what of it is damaged. */
export function nightsLines(nights: readonly NightSummary[], chalk: ChalkInstance): string[] {
  const columns: readonly Column<NightSummary>[] = [
    { title: "night", cell: ({ night }) => night },
    { title: "state", cell: ({ state }) => state },
    { title: "files", align: "right", cell: ({ files }) => whole(files) },
    { title: "size", align: "right", cell: ({ size_bytes }) => fileSize(size_bytes) },
    { cell: noteOn, paint: (cell, { missing }) => (missing ? chalk.red(cell) : chalk.dim(cell)) },
  ];
  const { header, lines } = tabulate(nights, columns, { gap: 2 });
  return [
    chalk.dim(header),
    ...nights.flatMap(({ damage }, index) => [lines[index] ?? "", ...damageLines(damage, chalk)]),
  ];
}

function noteOn({ removed, missing }: NightSummary): string {
  const notes = [removed === 0 ? "" : `${whole(removed)} removed by gc`, missing ? `${whole(missing)} missing` : ""];
  return notes.filter((note) => note !== "").join(", ");
}

/**
 * The files of a night, a line each below the stage that wrote them, and what of the night is damaged. Records of attempts are counted:
 * their names are long, and nothing is built on them.
 */
export function filesLines(files: readonly NightFile[], damage: readonly string[], chalk: ChalkInstance): string[] {
  const shown = shownFiles(files);
  const columns: readonly Column<Shown>[] = [
    { title: "size", align: "right", cell: ({ size_bytes }) => fileSize(size_bytes) },
    { title: "sha256", cell: ({ mark }) => mark, paint: (cell, { paint }) => chalk[paint](cell) },
    // Last, as in ls -l: keys are long.
    { title: "key", cell: ({ key }) => key },
  ];
  const { header, lines } = tabulate(shown, columns, { gap: 2, indent: 2 });
  const headings = [...new Set(shown.map(({ heading }) => heading))];
  return [
    chalk.dim(header),
    ...headings.flatMap((heading) => [heading, ...lines.filter((_, index) => shown[index]?.heading === heading)]),
    ...damageLines(damage, chalk),
  ];
}

/** A line of the list. */
interface Shown {
  readonly heading: string;
  readonly key: string;
  readonly size_bytes: number;
  /** the digest's beginning, the state of a file that isn't as it was, or how many files a folder has */
  readonly mark: string;
  readonly paint: "dim" | "red";
}

function shownFiles(files: readonly NightFile[]): readonly Shown[] {
  const attempts = new Map<string, NightFile[]>();
  const single: Shown[] = [];
  for (const file of files) {
    const { key, size_bytes, sha256, stage, state } = file;
    const [folder] = /^records\/[^/]+\/attempts\/[^/]+\//.exec(key) ?? [];
    if (folder !== undefined) attempts.set(folder, [...(attempts.get(folder) ?? []), file]);
    else
      single.push({
        heading: stage ?? "run-all and gc",
        key,
        size_bytes,
        mark: state === "present" ? sha256.slice(0, DIGEST_SHOWN) : state,
        paint: state === "present" || state === "removed" ? "dim" : "red",
      });
  }
  const folded = [...attempts].map(([key, records]): Shown => {
    const size_bytes = records.reduce((all, record) => all + record.size_bytes, 0);
    return { heading: "attempts", key, size_bytes, mark: counted(records.length, "file"), paint: "dim" };
  });
  return [...single, ...folded];
}

function damageLines(damage: readonly string[], chalk: ChalkInstance): string[] {
  return damage.map((message) => `    ${chalk.red(visible(message))}`);
}
