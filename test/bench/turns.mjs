import { median, medianOfKnown, summary } from "./median.mjs";
import { say } from "./process.mjs";

/** What is compared, for people; each is a figure of a run. */
export const FIGURES = {
  seconds: "whole process",
  outside: "outside training",
  training: "the call that trains",
  peakMb: "largest process, memory",
};

/**
 * What is measured side by side.
 *
 * @typedef {object} Group
 * @property {string} title  for people; "" where the sides' names say all
 * @property {number} runs   of each side
 * @property {readonly { name: string, start: (turn: { isFirst: boolean }) => import("./process.mjs").Measured }[]} sides
 * @property {readonly Goal[]} goals
 *
 * @typedef {object} Goal
 * @property {string} work    a side
 * @property {string} beside  another one
 * @property {keyof typeof FIGURES} figure
 * @property {number | null} most  of the ratio; null where it is shown and no goal is set
 */

/**
 * Measures the sides in turn: A B C A B C. The first turn warms caches (MLflow's first start makes its tables) and is left out, but
 * for what was measured there alone.
 *
 * @param {Group} group
 */
export function takeTurns({ title, runs, sides, goals }) {
  const turn = (number) =>
    sides.map(({ name, start }) => {
      say(`${title === "" ? "" : `${title}: `}${name}, ${number === 0 ? "to warm up" : `${number} of ${runs}`}`);
      return start({ isFirst: number === 0 });
    });
  const first = turn(0);
  const turns = Array.from({ length: runs }, (_, index) => turn(index + 1));
  const measured = sides.map(({ name }, side) => {
    const ofSide = turns.map((row) => row[side]);
    return { name, ...summary(ofSide), stages: stagesOf(first[side], ofSide), turns: ofSide };
  });
  return { title, sides: measured, goals: goals.map((goal) => judge(goal, measured)) };
}

function judge({ work, beside, figure, most }, sides) {
  const [own, others] = [work, beside].map((name) => {
    const side = sides.find((one) => one.name === name);
    if (side === undefined) throw new Error(`there is no side ${name}`);
    return side.turns.map((run) => run[figure]);
  });
  const ratio = medianOfKnown(own.map((value, turn) => (value === null ? null : value / others[turn])));
  return {
    work,
    beside,
    figure,
    workMedian: medianOfKnown(own),
    besideMedian: medianOfKnown(others),
    ratio,
    most,
    met: most === null || ratio === null ? null : ratio <= most,
  };
}

/** The stages of a side's runs; what is unknown of all but the first run is that one's. */
function stagesOf(first, runs) {
  return Object.entries(first.stages ?? {}).map(([name, { peakMb }]) => {
    const told = runs.map(({ stages }) => stages[name]);
    return {
      name,
      seconds: median(told.map(({ seconds }) => seconds)),
      peakMb: medianOfKnown(told.map((stage) => stage.peakMb)) ?? peakMb,
    };
  });
}
