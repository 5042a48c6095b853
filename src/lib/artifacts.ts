import { json, parquet } from "./artifact.ts";
import { featureList as featureListSchema, preprocessing as preprocessingSchema } from "./data/preprocessing.ts";
import { validationReport } from "./data/quality-report.ts";

/** The files of a night, in the order of the stages that write them. */

/** All columns of the snapshot but the excluded ones, typed, ordered by id. */
export const customers = parquet("raw/NIGHT/customers.parquet");
export const validation = json("raw/NIGHT/validation.json", validationReport);

/** Raw, derived and one-hot columns of each side, ordered by id. */
export const customersTrain = parquet("processed/NIGHT/customers_train.parquet");
export const customersTest = parquet("processed/NIGHT/customers_test.parquet");
export const preprocessing = json("processed/NIGHT/preprocessing.json", preprocessingSchema);

/** The id, the features as FLOAT, the label as UTINYINT. */
export const trainMatrix = parquet("features/NIGHT/train.parquet");
export const testMatrix = parquet("features/NIGHT/test.parquet");
export const featureList = json("features/NIGHT/features.json", featureListSchema);
