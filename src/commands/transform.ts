import * as z from "zod";
import { customers, customersTest, customersTrain, preprocessing, validation } from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { whole } from "../lib/cli/numbers.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { writeParquet } from "../lib/duckdb/parquet.ts";
import { customerColumns } from "../lib/prepare/columns.ts";
import { checkExpressionsAhead } from "../lib/prepare/expressions-ahead.ts";
import { fitCustomers } from "../lib/prepare/fit.ts";
import { allColumns } from "../lib/prepare/prepare.ts";
import { describeParting } from "../lib/prepare/split.ts";
import { neverFeatures } from "../lib/source/customers-file.ts";
import { defineStage } from "../lib/stage/define.ts";

const side = z.strictObject({
  rows: z.int(),
  churned: z.int().describe("rows whose customer churned"),
  sha256: z.string().describe("of the Parquet file"),
});

/**
 * Splits the customers into train and test and gives both sides their derived and one-hot columns.
 *
 * Nothing is learned from the test side, and a customer is on the same side every night.
 */
export const transform = defineStage({
  name: "transform",
  summary: "train and test customers, derived and one-hot columns",
  needs: { customers, validation },
  produces: { customersTrain, customersTest, preprocessing },
  reads: ["dataset", "transform", "split"],
  flags: z.strictObject({}),
  result: recordPart({
    train: side,
    test: side,
    dropped: z.strictObject({
      null_labels: z.int(),
      null_ids: z.int(),
      duplicates: z.int().describe("rows whose id came before"),
    }),
    columns: z.int().describe("columns of each side: raw, derived and one-hot"),
  }),

  check: ({ config }) => checkExpressionsAhead(config),
  warmUp: databaseAhead,

  async run({ inputs, outputs, config, warn, log }) {
    await using db = await openDatabase();
    const { path } = inputs.customers;
    const { columns: decided } = await inputs.validation.read();
    const columns = customerColumns(decided, config.dataset, await neverFeatures(db, path));
    const fitted = await fitCustomers(db, { customersPath: path, columns, config });
    const parting = describeParting(fitted.train, fitted.test);
    for (const warning of [...fitted.warnings, ...(parting === undefined ? [] : [parting])]) warn(warning);

    const { nullLabels, nullIds, duplicates } = fitted.loaded;
    const dropped = { null_labels: nullLabels, null_ids: nullIds, duplicates };
    log("rows left out", dropped);

    const writeSide = (name: "train" | "test") => (path: string) => writeParquet(db, { sql: fitted.side(name) }, path);
    const train = await outputs.customersTrain.write(writeSide("train"));
    const test = await outputs.customersTest.write(writeSide("test"));
    await outputs.preprocessing.write(fitted.preprocessing);
    return {
      train: { ...fitted.train, ...train },
      test: { ...fitted.test, ...test },
      dropped,
      columns: allColumns(fitted.preprocessing).length,
    };
  },

  describe: ({ train, test }) => `${whole(train.rows)} train, ${whole(test.rows)} test`,
});
