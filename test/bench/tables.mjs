/**
 * A table as people read it, in a terminal or in Markdown.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @param {boolean} markdown
 */
function table(head, rows, markdown) {
  if (markdown) {
    const align = head.map((_, index) =>
      index === 0 || rows.every((row) => /^[^\d−]/.test(row[index] ?? "") || row[index] === "") ? "---" : "---:",
    );
    return [head, align, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
  }
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const time = (seconds) => {
  if (seconds === null) return "";
  return Math.abs(seconds) < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
};
const megabytes = (value) => (value === null ? "" : `${Math.round(value)} MB`);

/** All that was measured, as tables with their titles. */
export function render({ date, machine, versions, comparisons, steps, stages }, markdown) {
  const list = (entries) =>
    Object.entries(entries)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ");
  const title = (text) => (markdown ? `### ${text}\n` : `${text}\n`);
  return [
    `${date}. ${machine}.\n${list(versions.churn)}.\n${list(versions.peer)}.`,
    title("Goals") +
      (markdown ? "\n" : "") +
      table(
        ["work", "median", "beside", "its median", "ratio", "goal", ""],
        comparisons.map(({ name, work, besideName, beside, ratio, goal, met }) => [
          name,
          time(work.seconds),
          besideName,
          time(beside.seconds),
          ratio.toFixed(2),
          `≤ ${goal}`,
          met ? "met" : "not met",
        ]),
        markdown,
      ),
    title("Processes") +
      (markdown ? "\n" : "") +
      table(
        ["process", "runs", "fastest", "median", "slowest", "CPU", "largest process"],
        processes(comparisons).map(({ name, runs, fastest, seconds, slowest, cpuSeconds, peakMb }) => [
          name,
          String(runs),
          time(fastest),
          time(seconds),
          time(slowest),
          time(cpuSeconds),
          megabytes(peakMb),
        ]),
        markdown,
      ),
    title("A stage by hand, step by step") +
      (markdown ? "\n" : "") +
      table(
        ["command", "median", "adds", "to", "median of the difference"],
        steps.map(({ command, seconds, adds, over, addsSeconds }) => [
          command,
          time(seconds),
          adds,
          over ?? "",
          time(addsSeconds),
        ]),
        markdown,
      ),
    title("A first night, stage by stage") +
      (markdown ? "\n" : "") +
      table(
        ["stage", "churn", "peer with MLflow"],
        stages.map(({ name, churn, peer }) => [name, time(churn), time(peer)]),
        markdown,
      ),
  ].join("\n\n");
}

function processes(comparisons) {
  return comparisons.flatMap(({ name, besideName, work, beside }) => [
    { name, ...work },
    {
      name:
        besideName === "itself before"
          ? `${name.replace(/, .*/, "")}, before it was`
          : `in turn with it: ${besideName}`,
      ...beside,
    },
  ]);
}
