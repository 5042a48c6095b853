import * as z from "zod";
import { InputError } from "../errors.ts";
import { SIZE_LIMITS } from "../files/size-limits.ts";
import { MLMODEL } from "./model-files.ts";
import { plainYaml } from "./plain-yaml.ts";

/** Where MLflow's xgboost flavour says that its model is, and which of Python's classes loads it. */
export interface XgboostFlavor {
  /** the file's path in the model folder */
  readonly data: string;
  readonly modelClass: string;
}

/** The class that knows nothing of scikit-learn. */
export const BOOSTER = "xgboost.core.Booster";

const mlmodel = z.looseObject({ flavors: z.record(z.string(), z.unknown()) });
const xgboost = z.looseObject({ data: z.string(), model_class: z.string().default(BOOSTER) });

/**
 * Reads MLmodel of a model folder that Python's mlflow.xgboost wrote.
 *
 * @param where  whose it is, for messages: "version 3"
 * @throws {InputError} when there is none, it can't be read, or the model is of another flavour
 * @see https://mlflow.org/docs/latest/ml/model/#model-format
 */
export function xgboostFlavor(files: ReadonlyMap<string, Uint8Array>, where: string): XgboostFlavor {
  const content = files.get(MLMODEL);
  if (content === undefined) throw new InputError(`${where} has no ${MLMODEL}`);
  const text = flavorsOf(Buffer.from(content).toString("utf8"));
  // To parse a mebibyte of brackets takes half a minute.
  if (Buffer.byteLength(text) > SIZE_LIMITS.meta)
    throw new InputError(`${MLMODEL} of ${where} has more than ${SIZE_LIMITS.meta} bytes`);
  const parsed = mlmodel.safeParse(plainYaml(text));
  if (!parsed.success) throw new InputError(`${MLMODEL} of ${where} can't be read`);
  const { flavors } = parsed.data;
  const flavor = xgboost.safeParse(flavors.xgboost);
  if (flavor.success) return { data: flavor.data.data, modelClass: flavor.data.model_class };
  const others = Object.keys(flavors).filter((name) => name !== "python_function");
  throw new InputError(
    `${where} is no model of XGBoost's: its flavours are ${others.length === 0 ? "python_function alone" : others.join(", ")}`,
  );
}

/** The block of the flavours alone where there is one, as Python writes it: the signature of a wide model is megabytes long. */
function flavorsOf(text: string): string {
  const start = /^flavors:[ \t]*\r?\n/m.exec(text);
  if (start === null) return text;
  const rest = text.slice(start.index + start[0].length);
  const next = /^[^\s#]/m.exec(rest);
  return start[0] + (next === null ? rest : rest.slice(0, next.index));
}
