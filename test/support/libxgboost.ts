import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import koffi from "koffi";

/** Where install-libxgboost.sh puts them. */
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "churn-libxgboost");
const debian = join(cache, "debian", "usr", "lib");

/** Files of libxgboost, newest first. */
export const libraries: readonly string[] = [
  ...["3.4.1", "2.1.4"].map((version) => join(cache, version, "xgboost", "lib", "libxgboost.so")),
  ...(existsSync(debian) ? readdirSync(debian).map((triplet) => join(debian, triplet, "libxgboost.so.0")) : []),
].filter((file) => existsSync(file));

// As churn does, before OpenMP is loaded, which Debian's brings along.
process.env.OMP_WAIT_POLICY ??= "PASSIVE";
for (const file of libraries) {
  // Debian's needs one that lies beside it, where the loader doesn't look.
  const beside = join(dirname(file), "libdmlc.so.0");
  if (existsSync(beside)) koffi.load(beside);
}

/** The newest of them; tests that need one are skipped where it is "". */
export const [newest = ""] = libraries;

if (newest === "")
  process.stderr.write("The tests of libxgboost are skipped: test/support/install-libxgboost.sh gets libraries.\n");

/**
 * What a library predicts by a model as it lies in model.json: probabilities, of shape (rows,).
 *
 * @param rows  one after the other
 */
export function predictWith(file: string, json: string, rows: Float32Array, features: number): Float32Array {
  const library = koffi.load(file);
  const lastError = library.func("const char *XGBGetLastError()");
  const call = (prototype: string, ...values: unknown[]) => {
    if (library.func(prototype)(...values) !== 0) throw new Error(String(lastError()));
  };
  const [booster, matrix, result]: unknown[][] = [[null], [null], [null]];
  call("int XGBoosterCreate(void **matrices, uint64_t count, _Out_ void **out)", [], 0, booster);
  const model = Buffer.from(json);
  call(
    "int XGBoosterLoadModelFromBuffer(void *booster, const void *model, uint64_t length)",
    booster?.[0],
    model,
    model.length,
  );
  const array = `{"data":[${koffi.address(rows)},true],"shape":[${rows.length / features},${features}],"strides":null,"typestr":"<f4","version":3}`;
  const dense = "int XGDMatrixCreateFromDense(const char *array, const char *config, _Out_ void **out)";
  call(dense, array, '{"missing":NaN,"nthread":1}', matrix);
  const config = '{"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}';
  const predict =
    "int XGBoosterPredictFromDMatrix(void *booster, void *matrix, const char *config, _Out_ void **shape, _Out_ uint64_t *dimensions, _Out_ void **result)";
  call(predict, booster?.[0], matrix?.[0], config, [null], [0], result);
  const predicted = new Float32Array(koffi.view(result?.[0], (4 * rows.length) / features)).slice();
  call("int XGDMatrixFree(void *matrix)", matrix?.[0]);
  call("int XGBoosterFree(void *booster)", booster?.[0]);
  return predicted;
}
