import { describe, expect, test } from "vitest";
import { complaint, least } from "../support/config-workspace.ts";

/** The lines are added to the least churn.yaml, so they begin in line 5. */
const added: readonly [string, string[]][] = [
  [
    "train:\n  learning_rat: 0.1",
    ["churn.yaml line 6: unknown key train.learning_rat", "→ did you mean train.params.learning_rate?"],
  ],
  [
    "learning_rate: 0.1",
    ["churn.yaml line 5: unknown key learning_rate", "→ did you mean train.params.learning_rate?"],
  ],
  ["dataste: {}", ["churn.yaml line 5: unknown key dataste", "→ did you mean dataset?"]],
  ["split: { tset: 0.1 }", ["churn.yaml line 5: unknown key split.tset", "→ did you mean split.test?"]],
  [
    "gates: { row_count: { limit: 5, severty: warn } }",
    ["churn.yaml line 5: unknown key gates.row_count.severty", "→ did you mean gates.row_count.severity?"],
  ],
  [
    "gates: { ranges: { age: { mni: 1 } } }",
    ["churn.yaml line 5: unknown key gates.ranges.age.mni", "→ did you mean gates.ranges.age.min?"],
  ],
  [
    "train.rounds: 5",
    ["churn.yaml line 5: unknown key train.rounds", "→ the dot stands for a section: write train: { rounds: … }"],
  ],
  ["evaluate: { zzz: 1 }", ["churn.yaml line 5: unknown key evaluate.zzz", "→ evaluate takes threshold"]],
  [
    "train: { params: { constructor: 1 } }",
    [
      "churn.yaml line 5: unknown key train.params.constructor",
      expect.stringMatching(/^→ train\.params takes max_depth, learning_rate, /),
    ],
  ],
  ["train: { params: { eta: 1 } }", ["churn.yaml line 5: unknown key train.params.eta", "→ use learning_rate"]],
  [
    "train: { params: { max_dept: 1 } }",
    ["churn.yaml line 5: unknown key train.params.max_dept", "→ did you mean train.params.max_depth?"],
  ],

  [
    'train: { rounds: "many" }',
    ['churn.yaml line 5: train.rounds must be a whole number of at least 1, but is "many"'],
  ],
  [
    "register: { hold: 1w }",
    [
      'churn.yaml line 5: register.hold must be a number with s, m, h or d, such as 90m, of at most 36500d, but is "1w"',
    ],
  ],
  ["train: { rounds: 0 }", ["churn.yaml line 5: train.rounds must be a whole number of at least 1, but is 0"]],
  [
    'transform: { derive: { "2024": x + 1 } }',
    ["churn.yaml line 5: transform.derive.2024 has a name that is empty or not allowed there"],
  ],
  ["train: { rounds: 1.5 }", ["churn.yaml line 5: train.rounds must be a whole number of at least 1, but is 1.5"]],
  ["train: { rounds: }", ["churn.yaml line 5: train.rounds must be a whole number of at least 1, but is empty"]],
  ["train: { engine: gpu }", ['churn.yaml line 5: train.engine must be one of auto, native, wasm, mljs, but is "gpu"']],
  ["train: 5", ["churn.yaml line 5: train must be a map, but is 5"]],
  [
    "train: { engine: mljs }",
    ['churn.yaml line 5: train.engine must be auto, native or wasm with train.algorithm: xgboost, but is "mljs"'],
  ],
  [
    "train: { max_samples: 100 }",
    [
      "churn.yaml line 5: train.max_samples must be left out but with train.engine: mljs, which alone draws so many, but is 100",
    ],
  ],
  [
    "train:\n  algorithm: random-forest\n  params:\n    learning_rate: 0.1\n    num_parallel_tree: 5",
    [
      "churn.yaml line 8: train.params.learning_rate must be 1 with train.algorithm: random-forest, or left out, but is 0.1 (take it out of churn.yaml; for one run: --set train.params.learning_rate=1)",
      "churn.yaml line 9: train.params.num_parallel_tree must be left out with train.algorithm: random-forest, whose trees train.rounds counts, but is 5",
      "→ churn config shows whether all is mended",
    ],
  ],
  ["train: { params: [1] }", ["churn.yaml line 5: train.params must be a map, but is a list"]],
  [
    "train: { params: { subsample: 2 } }",
    ["churn.yaml line 5: train.params.subsample must be a number above 0 and of at most 1, but is 2"],
  ],
  [
    "train: { params: { device: tpu } }",
    ['churn.yaml line 5: train.params.device must be cpu, cuda or cuda:0, but is "tpu"'],
  ],
  ["train: { params: { nthread: 2 } }", ["churn.yaml line 5: unknown key train.params.nthread", "→ use train.threads"]],
  ["train: { thread: 2 }", ["churn.yaml line 5: unknown key train.thread", "→ did you mean train.threads?"]],
  [
    "train: { cuts: { rows: 999 } }",
    ["churn.yaml line 5: train.cuts.rows must be a whole number of at least 1,000, but is 999"],
  ],
  [
    "train: { cuts: { rows: 2000 }, params: { max_bin: 4096 } }",
    ["churn.yaml line 5: train.params.max_bin must be at most train.cuts.rows, which is 2000, but is 4096"],
  ],
  [
    "train: { params: { max_bin: 200001 } }",
    ["churn.yaml line 5: train.params.max_bin must be at most train.cuts.rows, which is 200000, but is 200001"],
  ],
  [
    "train: { params: { learning_rate: 0 } }",
    ["churn.yaml line 5: train.params.learning_rate must be a number above 0 and of at most 1, but is 0"],
  ],
  [
    "train: { params: { alpha: 1.0e-40 } }",
    ["churn.yaml line 5: train.params.alpha must be a number that float32 holds, 1.2e-38 or more, but is 1e-40"],
  ],
  [
    "train: { params: { base_score: 0.9999999 } }",
    ["churn.yaml line 5: train.params.base_score must be a number from 0.000001 to 0.999999, but is 0.9999999"],
  ],
  [
    "train: { rounds: 4294967298 }",
    ["churn.yaml line 5: train.rounds must be no more than 2,147,483,647, but is 4294967298"],
  ],
  [
    "train: { rounds: 500001 }",
    [
      "churn.yaml line 5: train.rounds must be no more than 500,000, since a model of more than 500,000 trees can't be read, but is 500001",
    ],
  ],
  [
    "train: { rounds: 1000, params: { num_parallel_tree: 501 } }",
    [
      "churn.yaml line 5: train.rounds must be no more than 998 with num_parallel_tree: 501, since a model of more than 500,000 trees can't be read, but is 1000",
      "→ fewer train.rounds, or a smaller train.params.num_parallel_tree",
    ],
  ],
  [
    "train: { rounds: 1, params: { num_parallel_tree: 500001 } }",
    [
      "churn.yaml line 5: train.params.num_parallel_tree must be no more than 500,000, since a model of more trees can't be read, but is 500001",
    ],
  ],
  ["train: { rounds: 1000000, early_stopping: {} }", ["nothing wrong"]],
  [
    "train: { algorithm: random-forest, params: { learning_rate: 0.1 } }",
    [
      "churn.yaml line 5: train.params.learning_rate must be 1 with train.algorithm: random-forest, or left out, but is 0.1",
      "→ take it out of churn.yaml; for one run: --set train.params.learning_rate=1",
    ],
  ],
  [
    "features: [a, bbb]\ntrain: { params: { monotone_constraints: { a: 1, bb: -1 } } }",
    ["churn.yaml line 6: train.params.monotone_constraints: there is no feature bb", "→ did you mean bbb?"],
  ],
  [
    "features: [a]\ntrain: { params: { interaction_constraints: [[a, 1]] } }",
    [
      "churn.yaml line 6: train.params.interaction_constraints: there is no feature 1",
      "→ there are 1 feature, the first one is 0",
    ],
  ],
  ["train: { params: { monotone_constraints: { nobody: 1 } } }", ["nothing wrong"]],
  ["features: [a, b]\ntrain: { params: { monotone_constraints: { b: 1 } } }", ["nothing wrong"]],
  ["train: { threads: 0 }", ["churn.yaml line 5: train.threads must be a whole number of at least 1, but is 0"]],
  [
    "train: { params: { scale_pos_weight: even } }",
    ['churn.yaml line 5: train.params.scale_pos_weight must be a number above 0 or balanced, but is "even"'],
  ],
  [
    "train: { params: { monotone_constraints: { tenure: 2 } } }",
    ["churn.yaml line 5: train.params.monotone_constraints.tenure must be one of -1, 0, 1, but is 2"],
  ],
  [
    "train: { params: { monotone_constraints: [1, 0] } }",
    [
      "churn.yaml line 5: train.params.monotone_constraints must be directions by feature, such as { tenure: -1 }, or one of -1, 0, 1 a feature in order, such as (1,0,-1), but is a list",
    ],
  ],
  [
    "train: { params: { interaction_constraints: [tenure] } }",
    [
      "churn.yaml line 5: train.params.interaction_constraints must be lists of features, by name or number, such as [[tenure, charges], [age]], but is a list",
    ],
  ],
  ["split: { test: .nan }", ["churn.yaml line 5: split.test must be a number above 0 and below 1, but is NaN"]],
  [
    "split: { salt: 2026 }",
    ["churn.yaml line 5: split.salt must be text, but is 2026", '→ write it in quotes: "2026"'],
  ],
  [
    "transform: { fill: { total: 0 } }",
    ["churn.yaml line 5: transform.fill.total must be text, but is 0", '→ write it in quotes: "0"'],
  ],
  [
    "gates: { null_rate: 1.5 }",
    ["churn.yaml line 5: gates.null_rate must be a number from 0 to 1, { limit, severity } or false, but is 1.5"],
  ],
  [
    "gates: { columns: maybe }",
    ['churn.yaml line 5: gates.columns must be warn, fail, { severity } or false, but is "maybe"'],
  ],
  [
    "gates: { row_count: { severity: warn } }",
    [
      "churn.yaml: gates.row_count.limit is missing",
      "→ churn init in an empty folder writes a churn.yaml to start from",
    ],
  ],
  ["features: some", ['churn.yaml line 5: features must be all or a list, but is "some"']],
  ["features: []", ["churn.yaml line 5: features must be all or a list, but is an empty list"]],
  [
    "notify:\n  channels:\n    - file\n    - pager",
    ['churn.yaml line 8: notify.channels[1] must be one of terminal, file, slack, email, webhook, but is "pager"'],
  ],
  [
    "run: { timeout: 5 }",
    ["churn.yaml line 5: run.timeout must be a number with s, m, h or d, such as 90m, of at most 36500d, but is 5"],
  ],
  [
    "run: { stages: { train: soon } }",
    [
      'churn.yaml line 5: run.stages.train must be a number with s, m, h or d, such as 90m, of at most 36500d, but is "soon"',
    ],
  ],
  [
    "timezone: Berlin",
    ['churn.yaml line 5: timezone must be an IANA time zone, such as Europe/Berlin, but is "Berlin"'],
  ],
  ["register: { model: a/b }", ['churn.yaml line 5: register.model must be a name without / : % \\, but is "a/b"']],

  ["dataset: {}", ["churn.yaml line 5, column 1: dataset is there twice, first in line 1"]],
  ["train: { rounds: 1, rounds: 2 }", ["churn.yaml line 5, column 21: train.rounds is there twice, first in line 5"]],
  ["train:\n\trounds: 5", ["churn.yaml line 6, column 1: a tab indents this line, YAML takes spaces only"]],
  [
    "features: [a, b",
    ["churn.yaml line 6, column 1: the list that begins with [ has no ], or goes on without indentation"],
  ],
  [
    "train: { rounds: 5",
    ["churn.yaml line 6, column 1: the map that begins with { has no }, or goes on without indentation"],
  ],
  ['store: "a', ["churn.yaml line 6, column 1: a quotation mark is not closed"]],
  ["store", ["churn.yaml line 5, column 1: a key without a colon after it"]],
  [
    "store: a: b",
    [
      "churn.yaml line 5, column 8: a second colon in one line, or a line indented too far; quote a value with a colon in it",
    ],
  ],
  [
    "train:\n  rounds: 5\n engine: auto",
    ["churn.yaml line 7, column 1: this line is indented differently from its neighbours"],
  ],
  ["store: *here", ["churn.yaml line 5, column 8: *here is an alias, write the value itself"]],
  ["store: &here .", ["churn.yaml line 5, column 14: &here is an anchor, leave it out"]],
  [
    "store: !path .",
    ["churn.yaml line 5, column 8: a tag (!name) is not understood here, quote the value if it is text"],
  ],
  ["? [a]\n: b", ["churn.yaml line 5, column 3: a key must be a name"]],
  ["---\nstore: .", ["churn.yaml line 5, column 1: a second document begins here (---), one is expected"]],
];

test.each(added)("%j is one clear complaint", async (lines, expected) => {
  expect(await complaint({ yaml: `${least}${lines}\n` })).toEqual(expected);
});

const INIT = "→ churn init in an empty folder writes a churn.yaml to start from";

test.each<[string, string | Uint8Array, string[]]>([
  ["an empty file", "", ["churn.yaml: dataset.id, dataset.target.column and source.url are missing", INIT]],
  ["comments alone", "# nothing\n", ["churn.yaml: dataset.id, dataset.target.column and source.url are missing", INIT]],
  ["a section that is missing", least.split("source")[0] ?? "", ["churn.yaml: source.url is missing", INIT]],
  ["a list", "- dataset\n", ["churn.yaml line 1: this file must be a map, but is a list"]],
  ["a text", "\n\ndataset\n", ['churn.yaml line 3: this file must be a map, but is "dataset"']],
  [
    "Latin-1",
    Buffer.from("dataset: { id: größe }", "latin1"),
    ["churn.yaml is not UTF-8 text", "→ iconv -f ISO-8859-1 -t UTF-8 converts Latin-1"],
  ],
  [
    "a duckdb: file without a table",
    least.replace(", table: customers", ""),
    ["churn.yaml line 4: source needs a table or a query, since its url is a duckdb: file"],
  ],
  [
    "a table and a query",
    least.replace("table: customers", "table: customers, query: SELECT 1"),
    ["churn.yaml line 4: source has both a table and a query, leave one out"],
  ],
])("%s as churn.yaml is one clear complaint", async (_, yaml, expected) => {
  expect(await complaint({ yaml })).toEqual(expected);
});

describe("split by a column", () => {
  const yaml = `${least}split: { method: column, column: part, test_value: test`;
  const hint = "→ leave out what is not used: split.column and split.test_value alone say who is a test customer";

  test("takes no share and no salt, wherever they are said", async () => {
    expect(await complaint({ yaml: `${yaml}, test: 0.2 }\n` })).toEqual([
      "churn.yaml line 5: split.test has no meaning with split.method: column",
      hint,
    ]);
    expect(
      await complaint({ yaml: `${yaml} }\n`, env: { CHURN_SPLIT_SALT: "churn" }, set: ["split.test=0.3"] }),
    ).toEqual(["--set split.test: split.test and split.salt have no meaning with split.method: column", hint]);
  });

  test("needs neither", async () => {
    expect(await complaint({ yaml: `${yaml} }\n` })).toEqual(["nothing wrong"]);
  });
});

test("several problems are a line each, in the order of churn.yaml, then of what is over it", async () => {
  const yaml = `${least}train:\n  rounds: many\n  rund: 1\n`;
  expect(await complaint({ yaml, set: ["split.test=2"], env: { CHURN_LOGS_KEEP: "long" } })).toEqual([
    'churn.yaml line 6: train.rounds must be a whole number of at least 1, but is "many"',
    "churn.yaml line 7: unknown key train.rund (did you mean train.rounds?)",
    "--set split.test: split.test must be a number above 0 and below 1, but is 2",
    'CHURN_LOGS_KEEP: logs.keep must be a number with s, m, h or d, such as 90m, of at most 36500d, but is "long"',
    "→ churn config shows whether all is mended",
  ]);
});

test.each<[Readonly<Record<string, string>>, string[]]>([
  [
    { CHURN_TRAIN_MAX_DEPTH: "8" },
    ["environment: unknown variable CHURN_TRAIN_MAX_DEPTH", "→ did you mean CHURN_TRAIN_PARAMS_MAX_DEPTH?"],
  ],
  [
    { CHURN_TRAIN_ROUND: "8" },
    ["environment: unknown variable CHURN_TRAIN_ROUND", "→ did you mean CHURN_TRAIN_ROUNDS?"],
  ],
  [
    { CHURN_QQQQQQQ: "8" },
    ["environment: unknown variable CHURN_QQQQQQQ", "→ a variable is CHURN_ and a key of churn.yaml in capitals"],
  ],
  [
    { CHURN_TRAIN_ROUNDS: "many" },
    ['CHURN_TRAIN_ROUNDS: train.rounds must be a whole number of at least 1, but is "many"'],
  ],
  [
    { CHURN_FEATURES: '["a"' },
    [
      "CHURN_FEATURES: the value can't be read as YAML or JSON: the list that begins with [ has no ], or goes on without indentation",
      '→ lists and maps are JSON there, such as ["a", "b"] or {"a": "b"}',
    ],
  ],
  [
    { CHURN_TIMEZONE: "s3cret-one", API_TOKEN: "s3cret-one" },
    ['CHURN_TIMEZONE: timezone must be an IANA time zone, such as Europe/Berlin, but is "***"'],
  ],
])("the environment's mistake has the variable as its place: %j", async (env, expected) => {
  expect(await complaint({ env })).toEqual(expected);
});

test.each<[string, string[]]>([
  [
    "train.learning_rat=1",
    ["--set train.learning_rat: unknown key train.learning_rat", "→ did you mean train.params.learning_rate?"],
  ],
  ["train.rounds=many", ['--set train.rounds: train.rounds must be a whole number of at least 1, but is "many"']],
  ["train.rounds", ["--set train.rounds has no value", "→ write --set train.rounds=VALUE"]],
  ["=5", ["a --set names no key", "→ write --set KEY=VALUE, such as --set train.params.max_depth=8"]],
  ["train..rounds=5", ["a --set names no key", "→ write --set KEY=VALUE, such as --set train.params.max_depth=8"]],
])("--set %s has the option as its place", async (set, expected) => {
  expect(await complaint({ set: [set] })).toEqual(expected);
});

test("brackets without an end within one another are told from brackets that were forgotten", async () => {
  const [line = "", ...others] = await complaint({ yaml: `${least}store: ${"[".repeat(20_000)}` });
  expect(line.replace(/column \d+/, "column …")).toBe(
    "churn.yaml line 5, column …: this is nested more than 100 levels deep",
  );
  expect(others).toEqual([]);
});
