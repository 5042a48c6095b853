import duckdb from "@duckdb/node-bindings/package.json" with { type: "json" };
import wasm from "ml-xgboost/package.json" with { type: "json" };
import churn from "../../package.json" with { type: "json" };

/** What the files of a stage depend on besides their inputs: another version may write other bytes. Read without loading any of them. */
export const VERSIONS = { churn: churn.version, duckdb: duckdb.version, "ml-xgboost": wasm.version } as const;
