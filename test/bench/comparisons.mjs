import { churnSide, fitSide, peerSide, trainedBy } from "./pipelines.mjs";
import { measure } from "./process.mjs";
import { COPY, churn, fresh, LAST_DAY, NODE } from "./workspaces.mjs";

const NIGHT = ["run-all", "--date", LAST_DAY, "--json"];
/** The most customers that the embedded engine is measured with: it trains on one core. */
const MOST_WASM = 1_000_000;

/**
 * What starts, and what a night that is up to date takes: beside a bare Node, and beside itself.
 *
 * @param {{ first: string }} prepared  a workspace without a night
 * @param {{ short: number, long: number }} runs  how often: processes of milliseconds, and of seconds
 * @returns {import("./turns.mjs").Group[]}
 */
export function startComparisons({ first }, { short, long }) {
  const node = (env) => () => measure(NODE, { env });
  const pair = (runs, most, work, beside) => ({
    title: "",
    runs,
    // Itself before has to come before it.
    sides: beside.name.startsWith("node") ? [work, beside] : [beside, work],
    goals: [{ work: work.name, beside: beside.name, figure: "seconds", most }],
  });
  // A source that isn't there is missed where DuckDB would open it. Without expressions no query comes before that.
  const noExpressions = ["transform.fill={}", "transform.derive={}", "features=all"];
  const settings = ["source.url=csv:nowhere.csv", ...noExpressions].flatMap((setting) => ["--set", setting]);
  const upToSource = (env) => () =>
    measure(churn("-C", fresh(first), "extract", "--date", LAST_DAY, ...settings), { env, exitCode: 2 });
  const { words } = trainedBy("wasm");
  const idle = (name, more) =>
    pair(
      long,
      0.25,
      { name, start: () => measure(churn("-C", COPY, ...NIGHT, ...words, ...more)) },
      { name: `${name}: itself before`, start: () => measure(churn("-C", fresh(first), ...NIGHT, ...words, ...more)) },
    );
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  const withCertificates = certificates === undefined ? undefined : { NODE_EXTRA_CA_CERTS: certificates };
  return [
    pair(short, 2.5, { name: "churn --help", start: () => measure(churn("--help")) }, { name: "node -e 0", start: node({}) }),
    pair(short, 3, { name: "a stage up to its source", start: upToSource({}) }, { name: "node -e 0", start: node({}) }),
    ...(withCertificates === undefined
      ? []
      : [
          pair(
            short,
            3,
            { name: "a stage up to its source, with certificates", start: upToSource(withCertificates) },
            { name: "node -e 0, likewise", start: node(withCertificates) },
          ),
        ]),
    idle("run-all --to compare, up to date", ["--to", "compare"]),
    idle("run-all, decided", []),
  ];
}

/**
 * The sample's night, and the usual one, beside the peer.
 *
 * @param {{ first: string, usual: string, customers: string, server: string }} prepared
 *   customers: those of the night as CSV; server: an MLflow server's address
 * @param {number} runs
 * @returns {import("./turns.mjs").Group[]}
 */
export function sampleComparisons({ first, usual, customers, server }, runs) {
  const [firstNight, usualNight] = ["run-all, first night", "run-all, model in production"];
  const engines = ["wasm", "native"];
  const goals = (name, beside, most) => engines.map((engine) => ({ work: `${name}, ${engine}`, beside, figure: "seconds", most }));
  let nights = 0;
  // A server knows a night that it has seen.
  const ownNight = () => {
    nights += 1;
    const own = [`tracking.uri=${server}`, `tracking.experiment=night-${nights}`, `register.model=night-${nights}`];
    return own.flatMap((setting) => ["--set", setting]);
  };
  return [
    {
      title: sized(7043),
      runs,
      sides: [
        ...engines.map((engine) => churnSide(firstNight, first, engine)),
        ...engines.map((engine) => churnSide(usualNight, usual, engine)),
        peerSide("peer", customers, "none"),
        peerSide("peer with MLflow", customers, "sqlite"),
      ],
      goals: [
        ...goals(firstNight, "peer", 1),
        ...goals(usualNight, "peer", 1),
        ...goals(firstNight, "peer with MLflow", 0.25),
      ],
    },
    {
      title: `${sized(7043)}, an MLflow server`,
      runs,
      sides: [...engines.map((engine) => churnSide(firstNight, first, engine, ownNight)), peerSide("peer", customers, server)],
      goals: goals(firstNight, "peer", 0.5),
    },
  ];
}

/**
 * A first night of many customers beside the peer, and beside Python's fit on the same matrix.
 *
 * @param {{ workspace: string, customers: string }} prepared  customers: Parquet, which the workspace reads too
 * @param {{ rows: number, runs: number, goals: { whole: number, outside?: number, memory?: number, training?: number } }} options
 *   goals: of the native engine
 * @returns {import("./turns.mjs").Group}
 */
export function scaledComparison({ workspace, customers }, { rows, runs, goals }) {
  const [wasm, native] = ["run-all, wasm", "run-all, native"];
  const [fit, peer, tracked] = ["Python's fit on the same matrix", "peer", "peer with MLflow"];
  const withWasm = rows <= MOST_WASM;
  return {
    title: sized(rows),
    runs,
    sides: [
      ...(withWasm ? [churnSide("run-all", workspace, "wasm")] : []),
      churnSide("run-all", workspace, "native"),
      fitSide(fit),
      peerSide(peer, customers, "none"),
      peerSide(tracked, customers, "sqlite"),
    ],
    goals: [
      ...(withWasm ? [{ work: wasm, beside: peer, figure: "seconds", most: null }] : []),
      { work: native, beside: peer, figure: "seconds", most: goals.whole },
      { work: native, beside: tracked, figure: "seconds", most: null },
      { work: native, beside: peer, figure: "outside", most: goals.outside ?? null },
      { work: native, beside: peer, figure: "peakMb", most: goals.memory ?? null },
      { work: native, beside: fit, figure: "training", most: goals.training ?? null },
    ],
  };
}

/** @param {number} rows */
export function sized(rows) {
  return `${rows.toLocaleString("en")} customers`;
}
