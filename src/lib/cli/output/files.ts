import type { ChalkInstance } from "chalk";
import type { NightFile, NightSummary } from "../../stage/night-files.ts";
import { fileSize, whole } from "../numbers.ts";
import { type Column, tabulate } from "./table.ts";

/** So many digits of a digest tell files apart for people. */
const DIGEST_SHOWN = 12;

/** The nights of a store, a line each. */
export function nightsLines(nights: readonly NightSummary[], chalk: ChalkInstance): string[] {
  const columns: readonly Column<NightSummary>[] = [
    { title: "night", cell: ({ night }) => night },
    { title: "state", cell: ({ state }) => state },
    { title: "files", align: "right", cell: ({ files }) => whole(files) },
    { title: "size", align: "right", cell: ({ size_bytes }) => fileSize(size_bytes) },
    {
      cell: ({ removed }) => (removed === 0 ? "" : `${whole(removed)} removed by gc`),
      paint: (cell) => chalk.dim(cell),
    },
  ];
  const { header, lines } = tabulate(nights, columns, { gap: 2 });
  return [chalk.dim(header), ...lines];
}

/** The files of a night, a line each. */
export function filesLines(files: readonly NightFile[], chalk: ChalkInstance): string[] {
  const columns: readonly Column<NightFile>[] = [
    { title: "size", align: "right", cell: ({ size_bytes }) => fileSize(size_bytes) },
    { title: "sha256", cell: ({ sha256 }) => sha256.slice(0, DIGEST_SHOWN), paint: (cell) => chalk.dim(cell) },
    { title: "stage", cell: ({ stage }) => stage ?? "–" },
    // Last, as in ls -l: keys are long.
    { title: "key", cell: ({ key }) => key },
    { cell: noteOn, paint: (cell, { state }) => (state === "removed" ? chalk.dim(cell) : chalk.red(cell)) },
  ];
  const { header, lines } = tabulate(files, columns, { gap: 2 });
  return [chalk.dim(header), ...lines];
}

function noteOn({ state, removed_at }: NightFile): string {
  if (state === "present") return "";
  return state === "removed" ? `removed on ${removed_at?.slice(0, 10) ?? ""} by gc` : state;
}
