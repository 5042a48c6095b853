import { parse } from "yaml";
import * as z from "zod";
import { InputError } from "../errors.ts";
import { MLMODEL } from "./model-files.ts";

/** MLmodel, as far as MLflow's pages want to know it. */
const mlmodel = z.object({
  utc_time_created: z.string().optional(),
  model_uuid: z.string().optional(),
  flavors: z.record(z.string(), z.unknown()),
});

const history = z.array(z.looseObject({ artifact_path: z.string() }));

/**
 * The value of the run tag mlflow.log-model.history with this model in it: MLflow's pages show a run's model folder as a
 * model, with its flavours and a button to register it, by that tag alone. An entry of the same path is replaced.
 *
 * @param before  the tag's value; one that is no history is dropped, as MLflow's pages ignore it
 * @throws {InputError} when the model folder has no readable MLmodel
 */
export function addLoggedModel(
  before: string | undefined,
  runId: string,
  artifactPath: string,
  files: ReadonlyMap<string, Uint8Array>,
): string {
  const { utc_time_created, model_uuid, flavors } = readMlmodel(files);
  const entry = { run_id: runId, artifact_path: artifactPath, utc_time_created, model_uuid, flavors };
  const others = readHistory(before).filter((other) => other.artifact_path !== artifactPath);
  return JSON.stringify([...others, entry]);
}

function readMlmodel(files: ReadonlyMap<string, Uint8Array>): z.infer<typeof mlmodel> {
  const bytes = files.get(MLMODEL);
  if (bytes === undefined) throw new InputError("the model folder has no file MLmodel", "churn train --force");
  try {
    return mlmodel.parse(parse(Buffer.from(bytes).toString("utf8")));
  } catch (cause) {
    throw new InputError("the model folder's MLmodel is damaged", "churn train --force", { cause });
  }
}

function readHistory(text: string | undefined): z.infer<typeof history> {
  if (text === undefined) return [];
  try {
    return history.parse(JSON.parse(text));
  } catch {
    return [];
  }
}
