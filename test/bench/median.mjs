/** @param {readonly number[]} values  @returns {number} */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Likewise of what isn't known everywhere: null where it isn't.
 *
 * @param {readonly (number | null | undefined)[]} values
 */
export function medianOfKnown(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length === 0 || known.length < values.length ? null : median(known);
}

/**
 * The medians of repeated measurements of one command.
 *
 * @param {readonly import("./process.mjs").Measured[]} runs
 */
export function summary(runs) {
  const seconds = runs.map((run) => run.seconds);
  return {
    runs: runs.length,
    seconds: median(seconds),
    fastest: Math.min(...seconds),
    slowest: Math.max(...seconds),
    cpuSeconds: medianOfKnown(runs.map((run) => run.cpuSeconds)),
    peakMb: medianOfKnown(runs.map((run) => run.peakMb)),
  };
}
