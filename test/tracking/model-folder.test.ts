import { expect, test } from "vitest";
import { parse } from "yaml";
import { modelDigest } from "../../src/lib/tracking/model-files.ts";
import { type ModelFolder, modelFolder, sameMlmodel, withRunId } from "../../src/lib/tracking/model-folder.ts";

const model: ModelFolder = {
  modelJson: '{"version":[1,7,6]}',
  preprocessing: '{"schema_version":1}\n',
  features: ["tenure_months", "avg: 'monthly' \"é\""],
  createdAt: new Date("2026-11-23T05:00:01.234Z"),
  modelUuid: "0123456789abcdef0123456789abcdef",
  metadata: { engine: "wasm", night: "2026-11-23" },
};

function text(files: ReadonlyMap<string, Uint8Array>, file: string): string {
  return Buffer.from(files.get(file) ?? "").toString("utf8");
}

test("MLmodel tells MLflow how to load the booster and what it takes and gives", () => {
  const files = modelFolder(model);
  const { signature, ...mlmodel } = parse(text(files, "MLmodel"));
  expect(mlmodel).toEqual({
    artifact_path: "model",
    flavors: {
      python_function: {
        data: "model.json",
        env: { conda: "conda.yaml", virtualenv: "python_env.yaml" },
        loader_module: "mlflow.xgboost",
        python_version: "3.11",
      },
      xgboost: {
        code: null,
        data: "model.json",
        model_class: "xgboost.core.Booster",
        model_format: "json",
        xgb_version: "1.7.6",
      },
    },
    metadata: { engine: "wasm", night: "2026-11-23" },
    model_size_bytes: expect.any(Number),
    model_uuid: "0123456789abcdef0123456789abcdef",
    saved_input_example_info: {
      artifact_path: "input_example.json",
      pandas_orient: "split",
      serving_input_path: "serving_input_example.json",
      type: "dataframe",
    },
    utc_time_created: "2026-11-23 05:00:01.234000",
  });
  expect(JSON.parse(signature.inputs)).toEqual([
    { type: "double", name: "tenure_months", required: true },
    { type: "double", name: "avg: 'monthly' \"é\"", required: true },
  ]);
  expect(JSON.parse(signature.outputs)).toEqual([{ type: "tensor", "tensor-spec": { dtype: "float32", shape: [-1] } }]);
});

test("the folder has all that MLflow needs to build an environment, and an example that is no customer", () => {
  const files = modelFolder(model);
  expect([...files.keys()]).toEqual([
    "model.json",
    "preprocessing.json",
    "requirements.txt",
    "python_env.yaml",
    "conda.yaml",
    "input_example.json",
    "serving_input_example.json",
    "MLmodel",
  ]);
  // the version must be text: 3.11 without quotes is a number
  expect(text(files, "python_env.yaml")).toContain('python: "3.11"\n');
  expect(text(files, "requirements.txt").split("\n")).toContain("mlflow");
  const example = { columns: model.features, data: [[0.5, 0.5]] };
  expect(JSON.parse(text(files, "input_example.json"))).toEqual(example);
  expect(JSON.parse(text(files, "serving_input_example.json"))).toEqual({ dataframe_split: example });
});

test("the same model gives the same bytes; another time or id changes MLmodel alone", () => {
  expect(modelFolder(model)).toEqual(modelFolder(model));
  const later = modelFolder({ ...model, createdAt: new Date(0), modelUuid: "f".repeat(32) });
  const changed = [...modelFolder(model)].filter(
    ([file, bytes]) => !Buffer.from(bytes).equals(later.get(file) ?? bytes),
  );
  expect(changed.map(([file]) => file)).toEqual(["MLmodel"]);
});

test("only the uploaded MLmodel names its run", () => {
  const files = modelFolder(model);
  const before = text(files, "MLmodel");
  const uploaded = withRunId(files, "12345678901234567890123456789e12");
  expect(parse(before)).not.toHaveProperty("run_id");
  // a text of digits and one e would be a number without quotes
  expect(text(uploaded, "MLmodel")).toContain('\nrun_id: "12345678901234567890123456789e12"\n');
  expect(parse(text(uploaded, "MLmodel"))).toEqual({ ...parse(before), run_id: "12345678901234567890123456789e12" });
  expect(text(files, "MLmodel")).toBe(before);
});

test("two models are the same when model.json and preprocessing.json are", () => {
  const digest = modelDigest(modelFolder(model));
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(modelDigest(withRunId(modelFolder({ ...model, createdAt: new Date(0) }), "a"))).toBe(digest);
  expect(modelDigest(modelFolder({ ...model, preprocessing: "{}" }))).not.toBe(digest);
  expect(modelDigest(modelFolder({ ...model, modelJson: '{"version":[1,7,7]}' }))).not.toBe(digest);
  expect(() => modelDigest(new Map())).toThrow("the model folder has no file model.json");
});

test("an MLmodel says the same whatever run it names, and one that is much longer isn't even parsed", () => {
  const own = Buffer.from("flavors: {}\nmlflow_version: 2.22.0\n");
  const logged = Buffer.from(`run_id: "00ff"\nartifact_path: model\n${own}`);
  expect(sameMlmodel(logged, own)).toBe(true);
  expect(sameMlmodel(Buffer.from(`${own}more: 1\n`), own)).toBe(false);
  expect(sameMlmodel(Buffer.from("a: *nothing"), own)).toBe(false);
  expect(sameMlmodel(Buffer.from(`${logged}# ${"x".repeat(10_000)}\n`), own)).toBe(false);
});
