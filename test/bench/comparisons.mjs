import { median, summary } from "./median.mjs";
import { runPeer } from "./peer.mjs";
import { makePipe, measure, measureUntilRead } from "./process.mjs";
import { churn, fresh, LAST_DAY, NODE } from "./workspaces.mjs";

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
  // A source that lets its writer in when DuckDB reads it. Without expressions no query comes before that one.
  const pipe = makePipe();
  const noExpressions = ["transform.fill={}", "transform.derive={}", "features=all"];
  const asks = ["extract", "--date", LAST_DAY, "--set", `source.url=csv:${pipe}`];
  const firstQuery = async (env) => {
    const workspace = fresh(first);
    const words = [...asks, ...noExpressions.flatMap((setting) => ["--set", setting])];
    const work = await measureUntilRead(churn("-C", workspace, ...words), pipe, env);
    return { work, beside: measure(NODE, { env }) };
  };
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
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
      start: () => firstQuery({}),
    },
    ...(certificates === undefined
      ? []
      : [
          {
            name: "a stage up to its first query, with certificates",
            beside: "node -e 0, likewise",
            goal: 3,
            runs: short,
            start: () => firstQuery({ NODE_EXTRA_CA_CERTS: certificates }),
          },
        ]),
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
export async function compare({ name, beside, goal, runs, start }) {
  await start();
  const pairs = [];
  for (let run = 0; run < runs; run += 1) pairs.push(await start());
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
