import * as z from "zod";
import { comparisonFormat } from "../compare/report.ts";
import { evaluationFormat } from "../model/evaluation.ts";
import { notificationFormat } from "../notify/report.ts";
import { featureListFormat, preprocessingFormat } from "../prepare/preprocessing.ts";
import { gateCheck, validationFormat } from "../quality/report.ts";
import { csvReading } from "../source/csv/format.ts";
import { decidedColumn } from "../source/kinds.ts";
import { registrationFormat } from "../tracking/registration.ts";
import { folder, json, parquet, resultOf } from "./artifact.ts";

/** The files of a night, in the order of the stages that write them. */

/** All columns of the snapshot but the excluded ones, typed, ordered by id. */
export const customers = parquet("raw/NIGHT/customers.parquet");
/** What extract decided about the columns. */
export const extracted = resultOf("extract", z.object({ columns: z.array(decidedColumn), csv: csvReading.nullable() }));
/** How it read CSV files; null where the source is another. */
export const csvRead = resultOf("extract", z.object({ csv: csvReading.nullable() }));
/** How many customers the snapshot has. */
export const snapshotSize = resultOf("extract", z.object({ rows: z.int() }));
/** What the gates said of them, in the order of the checks. */
export const judgedGates = resultOf("validate", z.object({ gates: z.array(gateCheck) }));
export const validation = json("raw/NIGHT/validation.json", validationFormat);

/** Raw, derived and one-hot columns of each side, ordered by id. */
export const customersTrain = parquet("processed/NIGHT/customers_train.parquet");
export const customersTest = parquet("processed/NIGHT/customers_test.parquet");
export const preprocessing = json("processed/NIGHT/preprocessing.json", preprocessingFormat);

/** The id, the features as FLOAT, the label as UTINYINT. */
export const trainMatrix = parquet("features/NIGHT/train.parquet");
export const testMatrix = parquet("features/NIGHT/test.parquet");
/** The features of some train customers, whose values libxgboost's hist takes its cuts from. train writes it, where that is used. */
export const cuts = parquet("features/NIGHT/cuts.parquet");
export const featureList = json("features/NIGHT/features.json", featureListFormat);

/** MLflow's model folder: MLmodel, model.json in XGBoost's JSON, preprocessing.json. */
export const model = folder("models/NIGHT/model");
/** The MLflow run that the model was logged to, and how many customers trained it. */
export const trackingRun = resultOf(
  "train",
  z.object({ mlflow_run_id: z.string(), model_uri: z.string(), rows: z.int().positive() }),
);
/** What an earlier night's model was trained with. */
export const trainedBy = resultOf("train", z.object({ engine: z.string() }));
export const evaluation = json("models/NIGHT/evaluation.json", evaluationFormat);
/** The id, label, probability and predicted of each test customer. */
export const predictions = parquet("models/NIGHT/predictions.parquet");
export const comparison = json("models/NIGHT/comparison.json", comparisonFormat);
export const registration = json("models/NIGHT/registration.json", registrationFormat);
export const notification = json("models/NIGHT/notification.json", notificationFormat);
