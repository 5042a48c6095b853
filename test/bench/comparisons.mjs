import { median, summary } from "./median.mjs";
import { runPeer } from "./peer.mjs";
import { measure } from "./process.mjs";
import { churn, fresh, LAST_DAY, NODE } from "./workspaces.mjs";

const RUN_ALL = ["run-all", "--date", LAST_DAY, "--json"];

/**
 * What is measured beside what, with the goal for the ratio of the two. `start` measures both, one after the other.
 *
 * @param {{ first: string, usual: string, customers: string, server: string }} prepared  server: an MLflow server's address
 * @param {{ short: number, long: number }} runs  how often: processes of milliseconds, and of seconds
 */
export function comparisons({ first, usual, customers, server }, { short, long }) {
  let nights = 0;
  const idle = (words) => () => {
    const workspace = fresh(first);
    const beside = measure(churn("-C", workspace, ...words));
    return { work: measure(churn("-C", workspace, ...words)), beside };
  };
  // A source that isn't there is missed where DuckDB would open it. Without expressions no query comes before that.
  const noExpressions = ["transform.fill={}", "transform.derive={}", "features=all"];
  const settings = ["source.url=csv:nowhere.csv", ...noExpressions].flatMap((setting) => ["--set", setting]);
  const upToSource = (env) => {
    const extract = churn("-C", fresh(first), "extract", "--date", LAST_DAY, ...settings);
    return { work: measure(extract, { env, exitCode: 2 }), beside: measure(NODE, { env }) };
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
      name: "a stage up to its source",
      beside: "node -e 0",
      goal: 3,
      runs: short,
      start: () => upToSource({}),
    },
    ...(certificates === undefined
      ? []
      : [
          {
            name: "a stage up to its source, with certificates",
            beside: "node -e 0, likewise",
            goal: 3,
            runs: short,
            start: () => upToSource({ NODE_EXTRA_CA_CERTS: certificates }),
          },
        ]),
    {
      name: "run-all, first night",
      beside: "peer",
      goal: 1.3,
      runs: long,
      start: () => {
        const work = measure(churn("-C", fresh(first), ...RUN_ALL));
        return { work, beside: runPeer(customers, "none") };
      },
    },
    {
      name: "run-all, model in production",
      beside: "peer",
      goal: 1.3,
      runs: long,
      start: () => {
        const work = measure(churn("-C", fresh(usual), ...RUN_ALL));
        return { work, beside: runPeer(customers, "none") };
      },
    },
    {
      name: "run-all, first night",
      beside: "peer with MLflow",
      goal: 0.35,
      runs: long,
      start: () => {
        const work = measure(churn("-C", fresh(first), ...RUN_ALL));
        return { work, beside: runPeer(customers, "sqlite") };
      },
    },
    {
      name: "run-all, first night, MLflow server",
      beside: "peer with the same server",
      goal: 0.5,
      runs: long,
      start: () => {
        nights += 1;
        // A server knows a night that it has seen.
        const own = [`tracking.uri=${server}`, `tracking.experiment=night-${nights}`, `register.model=night-${nights}`];
        const work = measure(churn("-C", fresh(first), ...RUN_ALL, ...own.flatMap((setting) => ["--set", setting])));
        return { work, beside: runPeer(customers, server) };
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
