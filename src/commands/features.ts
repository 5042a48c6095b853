import * as z from "zod";
import {
  customersTest,
  customersTrain,
  featureList,
  preprocessing,
  testMatrix,
  trainMatrix,
} from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { counted } from "../lib/cli/numbers.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { countRows, writeParquet } from "../lib/duckdb/parquet.ts";
import { chooseFeatures, matrixQuery, requireFloat32, schemaDigest } from "../lib/matrix/features.ts";
import { defineStage } from "../lib/stage/define.ts";

/** Picks the model's columns: the matrix of each side as float32, and their names in order. */
export const features = defineStage({
  name: "features",
  summary: "the model's matrix, its columns and their order",
  needs: { customersTrain, customersTest, preprocessing },
  produces: { trainMatrix, testMatrix, featureList },
  reads: ["features"],
  flags: z.strictObject({}),
  result: recordPart({
    n_features: z.int(),
    rows: z.strictObject({ train: z.int(), test: z.int() }),
    absent: z.array(z.string()).describe("features that no train customer has: columns of zeros"),
  }),

  warmUp: databaseAhead,

  async run({ inputs, outputs, config, warn }) {
    const recipe = await inputs.preprocessing.read();
    const chosen = chooseFeatures(recipe, config.features);
    for (const warning of chosen.warnings) warn(warning);

    await using db = await openDatabase();
    const sides = [
      { path: inputs.customersTrain.path, output: outputs.trainMatrix },
      { path: inputs.customersTest.path, output: outputs.testMatrix },
    ] as const;
    for (const { path } of sides) await requireFloat32(db, path, recipe, chosen);
    for (const { path, output } of sides) {
      await output.write((target) => writeParquet(db, { sql: matrixQuery(path, recipe, chosen) }, target));
    }
    await outputs.featureList.write({
      id: recipe.dataset.id,
      label: recipe.dataset.target.column,
      features: [...chosen.features],
      absent: [...chosen.absent],
      schema_digest: schemaDigest(chosen.features),
    });
    return {
      n_features: chosen.features.length,
      rows: {
        train: await countRows(db, inputs.customersTrain.path),
        test: await countRows(db, inputs.customersTest.path),
      },
      absent: [...chosen.absent],
    };
  },

  describe: ({ n_features }) => counted(n_features, "feature"),
});
