import { median, summary } from "./median.mjs";
import { runPeer } from "./peer.mjs";
import { measure } from "./process.mjs";
import { churn, fresh, LAST_DAY, NODE } from "./workspaces.mjs";

/**
 * The first query of extract asks the source for its tables. Where the configured one is not among them the stage ends with
 * code 2: the shortest real way through a stage that has asked DuckDB something. It is an upper bound, since the record of
 * the failed attempt is written too.
 */
export const FIRST_QUERY = ["extract", "--date", LAST_DAY, "--set", "source.table=absent"];

const RUN_ALL = ["run-all", "--date", LAST_DAY, "--json"];

/**
 * What is measured beside what, with the goal for the ratio of the two. `start` measures both, one after the other.
 *
 * @param {{ first: string, usual: string, customers: string }} prepared
 * @param {{ short: number, long: number }} runs  how often: processes of milliseconds, and of seconds
 */
export function comparisons({ first, usual, customers }, { short, long }) {
  const idle = (words) => () => {
    const workspace = fresh(first);
    const beside = measure(churn("-C", workspace, ...words));
    return { work: measure(churn("-C", workspace, ...words)), beside };
  };
  return [
    {
      name: "churn --help",
      beside: "node -e 0",
      goal: 2.5,
      runs: short,
      start: () => ({ work: measure(churn("--help")), beside: measure(NODE) }),
    },
    {
      name: "a stage up to its first query",
      beside: "node -e 0",
      goal: 3,
      runs: short,
      start: () => {
        const workspace = fresh(first);
        return { work: measure(churn("-C", workspace, ...FIRST_QUERY), { exitCode: 2 }), beside: measure(NODE) };
      },
    },
    {
      name: "run-all, first night",
      beside: "peer",
      goal: 1.3,
      runs: long,
      start: () => {
        const work = measure(churn("-C", fresh(first), ...RUN_ALL));
        return { work, beside: runPeer(customers, { tracking: false }) };
      },
    },
    {
      name: "run-all, model in production",
      beside: "peer",
      goal: 1.3,
      runs: long,
      start: () => {
        const work = measure(churn("-C", fresh(usual), ...RUN_ALL));
        return { work, beside: runPeer(customers, { tracking: false }) };
      },
    },
    {
      name: "run-all, first night",
      beside: "peer with MLflow",
      goal: 0.35,
      runs: long,
      start: () => {
        const work = measure(churn("-C", fresh(first), ...RUN_ALL));
        return { work, beside: runPeer(customers, { tracking: true }) };
      },
    },
    {
      name: "run-all --to compare, up to date",
      beside: "itself before",
      goal: 0.25,
      runs: long,
      start: idle([...RUN_ALL, "--to", "compare"]),
    },
    { name: "run-all, decided", beside: "itself before", goal: 0.25, runs: long, start: idle(RUN_ALL) },
  ];
}

/**
 * Measures both sides in turn: A B A B. The first pair warms caches (MLflow's first start makes its tables) and is left out.
 *
 * @param {ReturnType<typeof comparisons>[number]} comparison
 */
export function compare({ name, beside, goal, runs, start }) {
  start();
  const pairs = Array.from({ length: runs }, start);
  const ratios = pairs.map((pair) => pair.work.seconds / pair.beside.seconds);
  const ratio = median(ratios);
  return {
    name,
    besideName: beside,
    goal,
    work: summary(pairs.map((pair) => pair.work)),
    beside: summary(pairs.map((pair) => pair.beside)),
    ratio,
    met: ratio <= goal,
    pairs,
  };
}
