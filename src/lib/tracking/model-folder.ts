import { isDeepStrictEqual } from "node:util";
import { parse, parseDocument, Scalar, stringify } from "yaml";
import * as z from "zod";
import { InputError } from "../errors.ts";
import { MLMODEL, MODEL_JSON, PREPROCESSING_JSON } from "./model-files.ts";

/** For the environments that MLflow builds; any Python from 3.10 does. */
const PYTHON_VERSION = "3.11";
/** The model's JSON is read alike by every XGBoost from 1.7 on. */
const REQUIREMENTS = ["mlflow", "xgboost>=1.7", "pandas", "scikit-learn"];
/** A synthetic customer: no real one leaves the store. Not whole, since pandas would read integers and MLflow refuse them. */
const EXAMPLE_VALUE = 0.5;

export interface ModelFolder {
  /** XGBoost's JSON model format, feature names included */
  readonly modelJson: string;
  /** preprocessing.json as it is in the store */
  readonly preprocessing: string;
  /** the model's columns, in order */
  readonly features: readonly string[];
  readonly createdAt: Date;
  /** 32 hex digits, new for each training */
  readonly modelUuid: string;
  /** facts for people who open MLmodel: engine and version, night, churn's version */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * MLflow's model folder with the flavours xgboost and python_function: file name → content, MLmodel last. The same model
 * gives the same bytes but for time, uuid and metadata in MLmodel.
 *
 * Whoever serves it gets probabilities (float32), since the class is Booster and not XGBClassifier. The signature makes
 * MLflow put columns in order and drop others; all are double, so integers and nulls of a JSON request are fine.
 */
export function modelFolder(model: ModelFolder): Map<string, Uint8Array> {
  const { features } = model;
  const example = { columns: features, data: [features.map(() => EXAMPLE_VALUE)] };
  const pip = REQUIREMENTS.join("\n");
  const python = { python: PYTHON_VERSION, build_dependencies: ["pip"], dependencies: ["-r requirements.txt"] };
  const conda = {
    name: "mlflow-env",
    channels: ["conda-forge"],
    dependencies: [`python=${PYTHON_VERSION}`, "pip", { pip: REQUIREMENTS }],
  };
  const files = new Map(
    Object.entries({
      [MODEL_JSON]: model.modelJson,
      [PREPROCESSING_JSON]: model.preprocessing,
      "requirements.txt": `${pip}\n`,
      // python must be text: 3.11 unquoted is a number, and MLflow fails on it
      "python_env.yaml": yamlOf(python),
      "conda.yaml": yamlOf(conda),
      "input_example.json": JSON.stringify(example),
      "serving_input_example.json": JSON.stringify({ dataframe_split: example }),
    }).map(([file, text]): [string, Uint8Array] => [file, Buffer.from(text)]),
  );
  const sizeBytes = [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  files.set(MLMODEL, Buffer.from(yamlOf(mlmodelOf(model, sizeBytes))));
  return files;
}

/** The files to upload: MLmodel names the MLflow run, and the path below its artifacts. */
export function withRunId(
  files: ReadonlyMap<string, Uint8Array>,
  runId: string,
  artifactPath = "model",
): Map<string, Uint8Array> {
  const mlmodel = files.get(MLMODEL);
  if (mlmodel === undefined) throw new InputError(`the model folder has no file ${MLMODEL}`, "churn train --force");
  const document = parseDocument(Buffer.from(mlmodel).toString("utf8"));
  for (const [key, value] of Object.entries({ run_id: runId, artifact_path: artifactPath })) {
    document.set(key, quoted(value));
  }
  return new Map(files).set(MLMODEL, Buffer.from(document.toString({ lineWidth: 0 })));
}

const mlmodelFields = z.record(z.string(), z.unknown());

/** What names the run is shorter. */
const MOST_MORE_BYTES = 4096;

/**
 * Whether a registered MLmodel says the same as churn's own, apart from the run that the model was logged to. One that is much
 * longer doesn't, and isn't parsed, which might take for ever.
 */
export function sameMlmodel(registered: Uint8Array, own: Uint8Array): boolean {
  if (registered.byteLength > own.byteLength + MOST_MORE_BYTES) return false;
  const [a, b] = [registered, own].map(withoutRun);
  return a !== undefined && isDeepStrictEqual(a, b);
}

/** Undefined where it can't be read. */
function withoutRun(mlmodel: Uint8Array): Record<string, unknown> | undefined {
  const text = Buffer.from(mlmodel).toString("utf8");
  try {
    const { run_id, artifact_path, ...rest } = mlmodelFields.parse(parse(text, { logLevel: "error" }));
    return rest;
  } catch {
    return undefined;
  }
}

function mlmodelOf(model: ModelFolder, sizeBytes: number) {
  const inputs = model.features.map((name) => ({ type: "double", name, required: true }));
  const outputs = [{ type: "tensor", "tensor-spec": { dtype: "float32", shape: [-1] } }];
  return {
    artifact_path: "model",
    flavors: {
      python_function: {
        data: MODEL_JSON,
        env: { conda: "conda.yaml", virtualenv: "python_env.yaml" },
        loader_module: "mlflow.xgboost",
        python_version: PYTHON_VERSION,
      },
      xgboost: {
        code: null,
        data: MODEL_JSON,
        model_class: "xgboost.core.Booster",
        model_format: "json",
        xgb_version: formatVersion(model.modelJson),
      },
    },
    metadata: model.metadata,
    model_size_bytes: sizeBytes,
    model_uuid: model.modelUuid,
    saved_input_example_info: {
      artifact_path: "input_example.json",
      pandas_orient: "split",
      serving_input_path: "serving_input_example.json",
      type: "dataframe",
    },
    signature: { inputs: JSON.stringify(inputs), outputs: JSON.stringify(outputs), params: null },
    utc_time_created: model.createdAt.toISOString().replace("T", " ").replace("Z", "000"),
  };
}

const versionedModel = z.object({ version: z.tuple([z.int(), z.int(), z.int()]) });

/** The XGBoost version that the JSON names as its writer: [1, 7, 0] → 1.7.0 */
function formatVersion(modelJson: string): string {
  return versionedModel.parse(JSON.parse(modelJson)).version.join(".");
}

/** Every text in quotes: see writeMeta. */
function yamlOf(value: object): string {
  return stringify(value, { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" });
}

function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = "QUOTE_DOUBLE";
  return scalar;
}
