import type { ChalkInstance } from "chalk";
import type { RegisteredVersion } from "../../tracking/registered-version.ts";
import { today } from "../../workspace/night.ts";
import { metric, whole } from "../numbers.ts";

/** An MLflow run id is 32 hex digits; so many tell runs apart for people. */
const RUN_ID_SHOWN = 7;

interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  cell(version: RegisteredVersion): string;
}

/**
 * The registered model's versions as a table of at most 80 columns, newest first, and the next step.
 *
 * @param timezone  of the dates that aren't nights: when a version was promoted
 */
export function modelsLines(
  model: string,
  versions: readonly RegisteredVersion[],
  { chalk, timezone }: { readonly chalk: ChalkInstance; readonly timezone: string },
): string[] {
  const date = (time: Date) => today(timezone, time);
  const columns: Column[] = [
    { title: "version", align: "right", cell: ({ version }) => String(version) },
    { title: "stage", align: "left", cell: ({ stage }) => (stage === "None" ? "–" : stage) },
    { title: "date", align: "left", cell: ({ night, createdAt }) => night ?? date(createdAt) },
    { title: "F1", align: "right", cell: ({ f1 }) => measured(f1) },
    { title: "AUC", align: "right", cell: ({ aucRoc }) => measured(aucRoc) },
    { title: "rows", align: "right", cell: ({ rows }) => (rows === null ? "–" : whole(rows)) },
    { title: "run", align: "left", cell: ({ runId }) => runId?.slice(0, RUN_ID_SHOWN) ?? "–" },
  ];
  const widths = columns.map(({ title, cell }) =>
    Math.max(title.length, ...versions.map((version) => cell(version).length)),
  );
  const row = (texts: readonly string[]) =>
    `  ${texts.map((text, index) => pad(text, widths[index] ?? 0, columns[index]?.align)).join("  ")}`.trimEnd();

  const lines = [model, chalk.dim(row(columns.map(({ title }) => title)))];
  for (const version of versions) {
    lines.push(row(columns.map(({ cell }) => cell(version))));
    if (version.stage === "Production" && version.promotedAt !== null) {
      const indent = " ".repeat(2 + (widths[0] ?? 0) + 2);
      const by = version.promotedBy === null ? "" : ` by ${version.promotedBy}`;
      lines.push(chalk.dim(`${indent}promoted ${date(version.promotedAt)}${by}`));
    }
  }
  const candidate = versions.find(({ stage }) => stage === "Staging");
  if (candidate !== undefined) {
    lines.push("", `Promote it:  ${chalk.cyan(`churn promote --version ${candidate.version}`)}`);
  }
  return lines;
}

/** What to say of a registry without versions, and what to do. */
export function noModelsLines(model: string, registry: string, chalk: ChalkInstance): string[] {
  return [`${model} has no versions yet in ${registry}`, `next   ${chalk.cyan("churn run-all")}`];
}

function measured(value: number | null): string {
  return value === null ? "–" : metric(value);
}

function pad(text: string, width: number, align: Column["align"] | undefined): string {
  return align === "right" ? text.padStart(width) : text.padEnd(width);
}
