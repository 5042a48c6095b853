import { FIGURES } from "./turns.mjs";

/**
 * A table with its title, as people read it.
 *
 * @typedef {{ title: string, head: readonly string[], rows: readonly (readonly string[])[] }} Section
 */

/**
 * A report, in a terminal or in Markdown.
 *
 * @param {{ date: string, machine: string, versions: { churn: Record<string, string>, peer: Record<string, string> } }} about
 * @param {readonly (Section | string)[]} sections  a text is a paragraph
 * @param {boolean} markdown
 */
export function render({ date, machine, versions }, sections, markdown) {
  const list = (entries) =>
    Object.entries(entries)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ");
  return [
    [`${date}. ${machine}.`, ...[versions.churn, versions.peer].flatMap((own) => (list(own) === "" ? [] : [`${list(own)}.`]))].join("\n"),
    ...sections.map((section) => (typeof section === "string" ? section : titled(section, markdown))),
  ].join("\n\n");
}

function titled({ title, head, rows }, markdown) {
  return `${markdown ? `### ${title}\n` : title}\n${table(head, rows, markdown)}`;
}

function table(head, rows, markdown) {
  const isNumber = head.map((_, index) => index > 0 && rows.every((row) => /^[\d−-]/.test(row[index]) || row[index] === ""));
  if (markdown) {
    return [head, isNumber.map((right) => (right ? "---:" : "---")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
  }
  const widths = head.map((_, index) => Math.max(...[head, ...rows].map((row) => row[index].length)));
  const cell = (text, index) => (isNumber[index] ? text.padStart(widths[index]) : text.padEnd(widths[index]));
  return [head, ...rows].map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

/** @param {number | null} seconds */
export function time(seconds) {
  if (seconds === null) return "";
  if (Math.abs(seconds) < 1) return `${Math.round(seconds * 1000)} ms`;
  return Math.abs(seconds) < 100 ? `${seconds.toFixed(2)} s` : `${Math.round(seconds)} s`;
}

/** @param {number | null} mb  of 2²⁰ bytes */
export function memory(mb) {
  if (mb === null) return "";
  return mb < 1024 ? `${Math.round(mb)} MB` : `${(mb / 1024).toFixed(2)} GB`;
}

/** What is to be reached. @param {readonly ReturnType<typeof import("./turns.mjs").takeTurns>[]} groups  @returns {Section} */
export function goalsTable(groups) {
  return {
    title: "Goals",
    head: ["", "work", "figure", "median", "beside", "its median", "ratio", "goal", ""],
    rows: groups.flatMap(({ title, goals }) =>
      goals.map(({ work, beside, figure, workMedian, besideMedian, ratio, most, met }) => {
        const unit = figure === "peakMb" ? memory : time;
        const verdict = met === null ? "" : met ? "met" : "not met";
        const limit = most === null ? "" : `≤ ${most}`;
        const medians = [unit(workMedian), beside, unit(besideMedian), ratio?.toFixed(2) ?? ""];
        return [title, work, FIGURES[figure], ...medians, limit, verdict];
      }),
    ),
  };
}

/** Every side, as a process. @param {readonly ReturnType<typeof import("./turns.mjs").takeTurns>[]} groups  @returns {Section} */
export function processesTable(groups) {
  return {
    title: "Processes",
    head: ["", "process", "runs", "fastest", "median", "slowest", "CPU", "largest process"],
    rows: groups.flatMap(({ title, sides }) =>
      sides.map(({ name, runs, fastest, seconds, slowest, cpuSeconds, peakMb }) => [
        title,
        name,
        String(runs),
        ...[fastest, seconds, slowest, cpuSeconds].map(time),
        memory(peakMb),
      ]),
    ),
  };
}

/** The seconds of each stage, and its peak memory. @param {ReturnType<typeof import("./turns.mjs").takeTurns>} group  @returns {Section} */
export function stagesTable({ title, sides: all }) {
  const sides = all.filter(({ stages }) => stages.length > 0);
  const told = sides.flatMap(({ stages }) => stages.map(({ name }) => name));
  const between = [...new Set(told)].filter((name) => name !== "import" && name !== "start and end");
  return {
    title: `${title}, stage by stage`,
    head: ["stage", ...sides.flatMap(({ name }) => [name, "memory"])],
    rows: [
      ...["import", ...between, "start and end"].map((name) => [
        name,
        ...sides.flatMap(({ stages }) => {
          const { seconds = null, peakMb = null } = stages.find((stage) => stage.name === name) ?? {};
          return [time(seconds), memory(peakMb)];
        }),
      ]),
      ["all", ...sides.flatMap(({ seconds, peakMb }) => [time(seconds), memory(peakMb)])],
    ],
  };
}

/** @param {ReturnType<typeof import("./makeup.mjs").measureSteps>} steps  @returns {Section} */
export function stepsTable(steps) {
  return {
    title: "A stage by hand, step by step",
    head: ["command", "median", "adds", "to", "median of the difference"],
    rows: steps.map(({ command, seconds, adds, over, addsSeconds }) => [command, time(seconds), adds, over ?? "", time(addsSeconds)]),
  };
}
