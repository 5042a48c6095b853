import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findWorkspace } from "../../src/lib/config/find.ts";
import { loadConfig } from "../../src/lib/config/load.ts";
import { type Given, least, load } from "../support/config-workspace.ts";
import type { Row } from "./row.ts";

const yaml = (more: string) => () => load({ yaml: `${least}${more}` });
const given = (what: Given) => () => load(what);

/** Of a source that is waited for as long as two hours. */
const WAITING = least.replace(/^source:.*$/m, 'source: { url: "csv:c.csv", wait: { for: 120m } }');

export const config: readonly Row[] = [
  // Where churn.yaml is
  {
    cause: "a folder that isn't there",
    by: (root) => findWorkspace(join(root, "gone")),
    code: 2,
    says: "there is no folder FOLDER/gone",
    next: "-C takes a folder that is there; churn init makes a workspace of one",
  },
  {
    cause: "a folder without churn.yaml",
    by: async (root) => findWorkspace(root),
    code: 2,
    says: "no churn.yaml in FOLDER or above",
    next: "churn init",
  },
  {
    cause: "a folder of churn.yaml's name where a workspace is looked for",
    by: async (root) => {
      await mkdir(join(root, "churn.yaml"));
      await findWorkspace(root);
    },
    code: 2,
    says: "FOLDER/churn.yaml is a folder, and a file belongs there",
    next: "move it away, then: churn init",
  },
  {
    cause: "a folder with a name that is too long",
    by: (root) => findWorkspace(join(root, "x".repeat(300))),
    code: 2,
    says: "FOLDER/… can't be read: ENAMETOOLONG",
    next: "ls -ld FOLDER/…",
  },
  {
    cause: "a folder that is somebody else's",
    by: "test/program/mistakes/files-and-disk.test.ts",
    code: 2,
    says: "… can't be searched: permission denied",
    next: "does it belong to another user (root after sudo, say)? ls -l shows the owner, sudo chown -R gives it back",
  },
  {
    cause: "no churn.yaml",
    by: async (root) => loadConfig({ root, env: new Map(), overrides: [] }),
    code: 2,
    says: "no FOLDER/churn.yaml",
    next: "churn init",
  },
  {
    cause: "a folder in the place of churn.yaml",
    by: async (root) => {
      await mkdir(join(root, "churn.yaml"));
      await loadConfig({ root, env: new Map(), overrides: [] });
    },
    code: 2,
    says: "FOLDER/churn.yaml is not a file",
    next: "move it away: a file of text belongs there",
  },
  {
    cause: "a zero byte in a text",
    by: yaml('store: "a\\0b"\n'),
    code: 2,
    says: "churn.yaml line …: store has a zero byte (\\0)",
    next: "write it without",
  },
  {
    cause: "a zero byte in a name, on the command line",
    by: given({ yaml: least, set: ['transform.derive={ "a\\0b": tenure }'] }),
    code: 2,
    says: "--set transform.derive: transform.derive.a\0b has a zero byte (\\0)",
    next: "write it without",
  },
  {
    cause: "a churn.yaml that is no UTF-8",
    by: given({ yaml: Buffer.from(`${least}store: "\xfc"\n`, "latin1") }),
    code: 2,
    says: "churn.yaml is not UTF-8 text",
    next: "iconv -f ISO-8859-1 -t UTF-8 converts Latin-1",
  },

  // What it says
  {
    cause: "a key twice",
    by: yaml("store: a\nstore: b\n"),
    code: 2,
    says: "churn.yaml line 6, column 1: store is there twice, first in line 5",
    next: undefined,
  },
  {
    cause: "a bracket that isn't closed",
    by: yaml("features: [a, b\n"),
    code: 2,
    says: "churn.yaml line 6, column 1: the list that begins with [ has no ], or goes on without indentation",
    next: undefined,
  },
  {
    cause: "a tab",
    by: yaml("train:\n\trounds: 5\n"),
    code: 2,
    says: "churn.yaml line 6, column 1: a tab indents this line, YAML takes spaces only",
    next: undefined,
  },
  {
    cause: "a text with a colon",
    by: yaml("store: a: b\n"),
    code: 2,
    says: "churn.yaml line 5, column 8: a second colon in one line, or a line indented too far; quote a value with a colon in it",
    next: undefined,
  },
  {
    cause: "an alias",
    by: yaml("store: *here\n"),
    code: 2,
    says: "churn.yaml line 5, column 8: *here is an alias, write the value itself",
    next: undefined,
  },
  {
    cause: "an anchor",
    by: yaml("store: &here .\n"),
    code: 2,
    says: "churn.yaml line 5, column 14: &here is an anchor, leave it out",
    next: undefined,
  },
  {
    cause: "a key that is a list",
    by: yaml("? [a]\n: b\n"),
    code: 2,
    says: "churn.yaml line 5, column 3: a key must be a name",
    next: undefined,
  },
  {
    cause: "a section that is missing",
    by: given({ yaml: "store: .\n" }),
    code: 2,
    says: "churn.yaml: dataset.id, dataset.target.column and source.url are missing",
    next: "churn init in an empty folder writes a churn.yaml to start from",
  },
  {
    cause: "a key that is missing",
    by: given({ yaml: least.replace("  id: customer_id\n", "") }),
    code: 2,
    says: "churn.yaml: dataset.id is missing",
    next: "churn init in an empty folder writes a churn.yaml to start from",
  },
  {
    cause: "a key that isn't known",
    by: yaml("stroe: .\n"),
    code: 2,
    says: "churn.yaml line 5: unknown key stroe",
    next: "did you mean store?",
  },
  {
    cause: "a key with the dots of a command line",
    by: yaml("train.rounds: 5\n"),
    code: 2,
    says: "churn.yaml line 5: unknown key train.rounds",
    next: "the dot stands for a section: write train: { rounds: … }",
  },
  {
    cause: "a value of another type",
    by: yaml("train: { rounds: many }\n"),
    code: 2,
    says: 'churn.yaml line 5: train.rounds must be a whole number of at least 1, but is "many"',
    next: undefined,
  },
  {
    cause: "a number where text is asked",
    by: yaml("split: { salt: 2026 }\n"),
    code: 2,
    says: "churn.yaml line 5: split.salt must be text, but is 2026",
    next: 'write it in quotes: "2026"',
  },
  {
    cause: "a value beyond its range",
    by: yaml("split: { test: 1.5 }\n"),
    code: 2,
    says: "churn.yaml line 5: split.test must be a number above 0 and below 1, but is 1.5",
    next: undefined,
  },
  {
    cause: "a parameter by another name",
    by: yaml("train: { params: { reg_lambda: 1 } }\n"),
    code: 2,
    says: "churn.yaml line 5: unknown key train.params.reg_lambda",
    next: "use lambda",
  },
  {
    cause: "a DuckDB file without a table",
    by: given({ yaml: least.replace(", table: customers", "") }),
    code: 2,
    says: "churn.yaml line 4: source needs a table or a query, since its url is a duckdb: file",
    next: undefined,
  },
  {
    cause: "a table and a query",
    by: given({ yaml: least.replace("table: customers", "table: customers, query: SELECT 1") }),
    code: 2,
    says: "churn.yaml line 4: source has both a table and a query, leave one out",
    next: undefined,
  },
  {
    cause: "source.csv for another kind of file",
    by: given({ yaml: least.replace("table: customers", "table: customers, csv: { skip: 1 }") }),
    code: 2,
    says: "churn.yaml line 4: source.csv says how csv: files are written, and its url is another",
    next: undefined,
  },
  {
    cause: "one character for two things",
    by: given({
      yaml: least
        .replace("duckdb:customers.duckdb", "csv:c.csv")
        .replace("table: customers", 'csv: { delimiter: ";", comment: ";" }'),
    }),
    code: 2,
    says: "churn.yaml line 4: source.csv has one character for two things",
    next: undefined,
  },
  {
    cause: "a range that goes backwards",
    by: yaml("gates: { ranges: { tenure: { min: 2, max: 1 } } }\n"),
    code: 2,
    says: "churn.yaml line 5: a range has a min above its max",
    next: undefined,
  },
  {
    cause: "a time zone that isn't known",
    by: yaml("timezone: Europe/Atlantis\n"),
    code: 2,
    says: 'churn.yaml line 5: timezone must be an IANA time zone, such as Europe/Berlin, but is "Europe/Atlantis"',
    next: undefined,
  },
  {
    cause: "a duration without a unit",
    by: yaml("run: { timeout: 90 }\n"),
    code: 2,
    says: "churn.yaml line 5: run.timeout must be a number with s, m, h or d, such as 90m, of at most 36500d, but is 90",
    next: undefined,
  },
  {
    cause: "two things wrong",
    by: yaml("store: 1\ntrain: { rounds: 0 }\n"),
    code: 2,
    says: 'churn.yaml line 5: store must be text, but is 1 (write it in quotes: "1")\nchurn.yaml line 6: train.rounds must be a whole number of at least 1, but is 0',
    next: "churn config shows whether all is mended",
  },
  {
    cause: "a store that nothing can be kept in",
    by: yaml("store: gs://bucket/churn\n"),
    code: 2,
    says: 'churn.yaml line 5: store must be a folder\'s path, an absolute file: URI, or s3://BUCKET/PREFIX, but is "gs://bucket/churn"',
    next: undefined,
  },
  {
    cause: "a tracking server that isn't known",
    by: yaml("tracking: { uri: databricks }\n"),
    code: 2,
    says: "churn.yaml line 5: tracking.uri must be a folder's path, an absolute file: URI, or an MLflow server's http:// or https:// address, but is \"databricks\"",
    next: undefined,
  },
  {
    cause: "a blank before a path",
    by: yaml("store: ' ~/store'\n"),
    code: 2,
    says: 'churn.yaml line 5: store must be an address without blanks around it, but is " ~/store"',
    next: undefined,
  },
  {
    cause: "a source behind a kind that is no file",
    by: given({ yaml: least.replace("duckdb:customers.duckdb", "csv:https://x/y.csv") }),
    code: 2,
    says: 'churn.yaml line 4: source.url must be a kind and a path, such as duckdb:customers.duckdb, or a postgres:// or mysql:// address, but is "csv:https://x/y.csv"',
    next: undefined,
  },
  {
    cause: "another user's home",
    by: yaml("store: ~otto/churn\n"),
    code: 2,
    says: 'churn.yaml line 5: store must be a path that begins with no ~ of another user and no variable but $HOME, but is "~otto/churn"',
    next: undefined,
  },
  {
    cause: "a secret by its name",
    by: yaml("password: s3cret-and-long\n"),
    code: 2,
    says: "churn.yaml line 5: password looks like a secret, which doesn't belong in churn.yaml",
    next: "put it into the environment, a file that NAME_FILE names, or the workspace's .env (files with mode 0600)",
  },
  {
    cause: "a secret by its form",
    by: yaml("tracking: { uri: 'https://churn:s3cret@mlflow/x' }\n"),
    code: 2,
    says: "churn.yaml line 5: tracking.uri has a secret in it, which doesn't belong in churn.yaml",
    next: "put it into the environment or the workspace's .env (mode 0600) as CHURN_TRACKING_URI",
  },

  // The environment and the command line
  {
    cause: "a variable that names no key",
    by: given({ env: { CHURN_TRAIN_PARAM_MAX_DEPTH: "6" } }),
    code: 2,
    says: "environment: unknown variable CHURN_TRAIN_PARAM_MAX_DEPTH",
    next: "did you mean CHURN_TRAIN_PARAMS_MAX_DEPTH?",
  },
  {
    cause: "a variable that names nothing like a key",
    by: given({ env: { CHURN_XYZZY: "6" } }),
    code: 2,
    says: "environment: unknown variable CHURN_XYZZY",
    next: "a variable is CHURN_ and a key of churn.yaml in capitals",
  },
  {
    cause: "a variable whose list can't be read",
    by: given({ env: { CHURN_FEATURES: "[a, b" } }),
    code: 2,
    says: "CHURN_FEATURES: the value can't be read as YAML or JSON: the list that begins with [ has no ], or goes on without indentation",
    next: 'lists and maps are JSON there, such as ["a", "b"] or {"a": "b"}',
  },
  {
    cause: "a --set without a key",
    by: given({ set: ["=5"] }),
    code: 2,
    says: "a --set names no key",
    next: "write --set KEY=VALUE, such as --set train.params.max_depth=8",
  },
  {
    cause: "a --set without a value",
    by: given({ set: ["train.rounds"] }),
    code: 2,
    says: "--set train.rounds has no value",
    next: "write --set train.rounds=VALUE",
  },
  {
    cause: "a --set whose map can't be read",
    by: given({ set: ["transform.fill={a: 1"] }),
    code: 2,
    says: "--set transform.fill: the value can't be read as YAML or JSON: the map that begins with { has no }, or goes on without indentation",
    next: 'lists and maps are JSON there, such as ["a", "b"] or {"a": "b"}',
  },
  {
    cause: "a wait as long as the run",
    by: given({ yaml: WAITING, set: ["run.timeout=2h"] }),
    code: 2,
    says: "churn.yaml line …: source.wait.for is 120m, and run.timeout ends the work after 2h",
    next: "a shorter wait, or a longer run.timeout",
  },
  {
    cause: "the learning rate of boosting for a forest",
    by: yaml("train: { algorithm: random-forest, params: { learning_rate: 0.1 } }\n"),
    code: 2,
    says: "churn.yaml line 5: train.params.learning_rate must be 1 with train.algorithm: random-forest, or left out, but is 0.1",
    next: "take it out of churn.yaml; for one run: --set train.params.learning_rate=1",
  },
  {
    cause: "more trees than a model can have",
    by: yaml("train: { rounds: 2147483647 }\n"),
    code: 2,
    says: "churn.yaml line 5: train.rounds must be no more than 500,000, since a model of more than 500,000 trees can't be read, but is 2147483647",
    next: undefined,
  },
  {
    cause: "a constraint on a feature that isn't listed",
    by: yaml("features: [tenure]\ntrain: { params: { monotone_constraints: { tenur: 1 } } }\n"),
    code: 2,
    says: "churn.yaml line 6: train.params.monotone_constraints: there is no feature tenur",
    next: "did you mean tenure?",
  },
  {
    cause: "a share beside a column that says who is a test customer",
    by: yaml("split: { method: column, column: part, test_value: test, test: 0.3 }\n"),
    code: 2,
    says: "churn.yaml line 5: split.test has no meaning with split.method: column",
    next: "leave out what is not used: split.column and split.test_value alone say who is a test customer",
  },
  {
    cause: "a --set of a key that isn't known",
    by: given({ set: ["train.round=5"] }),
    code: 2,
    says: "--set train.round: unknown key train.round",
    next: "did you mean train.rounds?",
  },
  {
    cause: "a secret on the command line",
    by: given({ set: ["source.url=postgres://churn:s3cret@db/crm"] }),
    code: 2,
    says: "--set source.url: source.url has a secret in it, which doesn't belong on a command line",
    next: "leave it out there: PGPASSWORD or MYSQL_PWD, in the environment or the workspace's .env (mode 0600)",
  },
  {
    cause: "a --set of a key that is nested too deep",
    by: given({ set: [`train.params${".a".repeat(200)}=1`] }),
    code: 2,
    says: "--set train.params.…: this is nested more than 100 levels deep",
    next: undefined,
  },
  {
    cause: "a --set of a name that JavaScript keeps for itself",
    by: given({ set: ["train.params.__proto__=1"] }),
    code: 2,
    says: "--set train.params.__proto__: __proto__ can't be a name here",
    next: undefined,
  },
];
