/** @param {readonly number[]} values  @returns {number} */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * The medians of repeated measurements of one command.
 *
 * @param {readonly import("./process.mjs").Measured[]} runs
 */
export function summary(runs) {
  const seconds = runs.map((run) => run.seconds);
  const ofKnown = (values) => (values.includes(null) ? null : median(values));
  return {
    runs: runs.length,
    seconds: median(seconds),
    fastest: Math.min(...seconds),
    slowest: Math.max(...seconds),
    cpuSeconds: ofKnown(runs.map((run) => run.cpuSeconds)),
    peakMb: ofKnown(runs.map((run) => run.peakMb)),
  };
}
