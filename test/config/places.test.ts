import { describe, expect, test } from "vitest";
import { complaint, load } from "../support/config-workspace.ts";

const HOME = "/home/maria";
const start = "a path that begins with no ~ of another user and no variable but $HOME";
const store = "a folder's path, an absolute file: URI, or s3://BUCKET/PREFIX";
const bucket = "s3://BUCKET/PREFIX, without user, port, ?, # and \\, and without a folder called . or ..";
const tracking = "a folder's path, an absolute file: URI, or an MLflow server's http:// or https:// address";

describe("a path of churn.yaml", () => {
  test.each(["~", "$HOME", `\${HOME}`])("that begins with %s is one in the home folder", async (home) => {
    const yaml = `dataset: { id: a, target: { column: b } }
source: { url: "csv:${home}/in/*.csv" }
store: ${home}/store
tracking: { uri: "${home}/mlruns" }
`;
    const { config, origins } = await load({ yaml, env: { HOME } });
    expect(config).toMatchObject({
      source: { url: "csv:/home/maria/in/*.csv" },
      store: "/home/maria/store",
      tracking: { uri: "/home/maria/mlruns", experiment: "churn", deadline: "2m" },
    });
    expect(origins.get("store")).toEqual({ kind: "file", where: "churn.yaml line 3" });
  });

  test("is put in from the environment and from --set as well", async () => {
    const { config } = await load({ env: { HOME, CHURN_STORE: "~/store" }, set: ["tracking.uri=~/mlruns"] });
    expect([config.store, config.tracking.uri]).toEqual(["/home/maria/store", "/home/maria/mlruns"]);
  });

  test("stays as it is elsewhere, also where a folder is called ~ or like a scheme", async () => {
    const { config } = await load({
      env: { HOME },
      set: ["store=./~/a", "tracking.uri=a$HOME", "source.url=duckdb:a:b"],
    });
    expect([config.store, config.tracking.uri, config.source.url]).toEqual(["./~/a", "a$HOME", "duckdb:a:b"]);
  });
});

test.each([
  ["store", "gs:bucket", store],
  ["store", "file:///data/churn#2", store],
  ["store", "s3://bucket:9000/churn", bucket],
  ["store", "s3://bucket/../churn", bucket],
  ["store", "S3://bucket/churn", bucket],
  ["store", " s3://bucket/churn", "an address without blanks around it"],
  ["store", " ", "an address without blanks around it"],
  ["store", "~otto/churn", start],
  ["store", "$DATA/churn", start],
  ["tracking.uri", "https://mlflow.company.com?x=1", tracking],
  ["tracking.uri", "s3://bucket/mlruns", tracking],
  ["tracking.uri", "databricks", tracking],
  ["tracking.uri", "sqlite:///mlflow.db", tracking],
  ["tracking.uri", "file:mlruns", tracking],
  ["tracking.uri", " ~/mlruns", "an address without blanks around it"],
  ["tracking.uri", "~otto/mlruns", start],
  ["source.url", "csv:~otto/a.csv", start],
  ["source.url", "duckdb:$DATA/a.duckdb", start],
  [
    "source.url",
    "parquet:gs://bucket/a.parquet",
    "a kind and a path, such as duckdb:customers.duckdb, or a postgres:// or mysql:// address",
  ],
])("%s: %s is refused", async (key, value, wanted) => {
  expect(await complaint({ set: [`${key}=${value}`] })).toEqual([
    `--set ${key}: ${key} must be ${wanted}, but is "${value}"`,
  ]);
  const variable = `CHURN_${key.replace(".", "_").toUpperCase()}`;
  expect(await complaint({ env: { [variable]: value } })).toEqual([
    `${variable}: ${key} must be ${wanted}, but is "${value}"`,
  ]);
});

test("an address that is refused shows no password", async () => {
  const env = { CHURN_STORE: "s3://maria:geheim123@bucket", CHURN_TRACKING_URI: "https://x.y?token=geheim456" };
  const text = (await complaint({ env })).join("\n");
  expect(text).not.toContain("geheim");
  expect(text).toContain('"s3://maria:***@bucket"');
});
