import * as z from "zod";
import { UsageError } from "../../errors.ts";
import { parseBooster } from "../../model/booster.ts";
import type { Engine, TrainedModel, TrainingRequest } from "../engine.ts";
import { type Boosting, forestMode } from "../forest-mode.ts";
import { judgeRounds } from "../stopping.ts";
import { numbersTooLarge, requireReadable } from "../too-large.ts";
import { requireTrainable } from "../trainable.ts";
import type { Library } from "./library.ts";
import { nativeParameters } from "./parameters.ts";
import { readAlike } from "./read-alike.ts";
import { startTrainingThread, type TrainingThread } from "./thread.ts";

/** The library warns of a parameter that it doesn't know, and trains. */
const NOT_USED = /Parameters: \{ (.+?) \} are not used/s;
/** What it writes where JSON has no number. */
const NO_NUMBER = /[[,:]-?(?:Infinity|NaN)[\],}]/;
/** Of a model in its own configuration, as XGBoosterSaveJsonConfig gives it. */
const configuration = z.object({
  learner: z.object({ generic_param: z.object({ device: z.string().optional() }) }),
});

/**
 * libxgboost, through its C API, in a thread of its own.
 *
 * @throws {ServiceError} when the thread can't use the library
 */
export async function openNativeEngine({ file, version }: Library): Promise<Engine> {
  const thread = await startTrainingThread(file);
  return {
    name: "native",
    version: `XGBoost ${version} (libxgboost)`,
    library: file,
    train: (request) => train(thread, version, request),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}

async function train(thread: TrainingThread, version: string, request: TrainingRequest): Promise<TrainedModel> {
  const { customers, algorithm, threads, validation, stopping, onRound } = request;
  const { rounds, params } = algorithm === "xgboost" ? request : forestOf(request);
  requireTrainable(customers);
  const { featureNames, rowCount } = customers;
  const { decided, sent } = nativeParameters(params, { rowCount, threads });
  const fixed = { objective: "binary:logistic", booster: "gbtree" };
  const cuts = decided.tree_method === "hist" ? await request.cuts() : undefined;
  const given = Object.keys(params);
  const trained = await thread.train(
    {
      rowCount,
      validationRowCount: validation?.rowCount,
      featureNames,
      parameters: { ...sent, ...fixed, eval_metric: "logloss", validate_parameters: "true", verbosity: "1" },
      given,
      rounds,
      cutRowCount: cuts?.rowCount,
      threads,
      stopping: stopping?.rounds,
    },
    { trained: customers, validation, cuts },
    ({ round, loss: train, validationLoss }) => onRound?.(round, rounds, { train, validation: validationLoss }),
  );
  if ("unknown" in trained) {
    const { unknown } = trained;
    throw new UsageError(
      `XGBoost ${version} doesn't know ${unknown.map((name) => `train.params.${name}`).join(", ")}`,
      `remove ${unknown.length === 1 ? "it" : "them"} from churn.yaml, or take a newer libxgboost`,
    );
  }
  const { model, config, said, losses, loss } = trained;
  // No text holds twice as many.
  requireReadable(model.byteLength);
  const judging = judgeRounds(stopping);
  for (const loss of losses) judging.isOver(loss);
  const unknown = said.flatMap((line) => NOT_USED.exec(line)?.[1]?.match(/\w+/g) ?? []);
  const used = Object.entries(sent).filter(([name]) => !unknown.includes(name));
  return {
    json: checked(readAlike(Buffer.from(model.buffer, model.byteOffset, model.byteLength).toString("utf8"))),
    logLoss: loss,
    parameters: { ...fixed, ...Object.fromEntries(used) },
    judged: validation && judging.judged,
    warnings: [...fallenBack(params.device, config), ...said.filter((line) => !NOT_USED.test(line)).map(oneLine)],
  };
}

/** The library writes what it has come to, whether or not it is a model. */
function checked(json: string): string {
  try {
    parseBooster(json, "the trained model");
  } catch (error) {
    throw NO_NUMBER.test(json) ? numbersTooLarge() : error;
  }
  return json;
}

/**
 * A forest as Python's XGBRFClassifier grows it: in bins, drawing features for each split. Exact trees, which only draw them by
 * level, are grown where they are asked for.
 */
function forestOf({ rounds, params }: TrainingRequest): Boosting {
  const { tree_method = "auto" } = params;
  if (tree_method === "exact") return forestMode({ rounds, params }, "colsample_bylevel");
  const binned = tree_method === "auto" ? "hist" : tree_method;
  return forestMode({ rounds, params: { ...params, tree_method: binned } }, "colsample_bynode");
}

/** Without a GPU, or built without one, the library trains on the CPU and says so in its log at most. */
function fallenBack(asked: string | undefined, config: string): string[] {
  if (asked === undefined || asked === "cpu") return [];
  const { device = "the CPU" } = configuration.parse(JSON.parse(config)).learner.generic_param;
  return device.startsWith("cuda") ? [] : [`train.params.device is ${asked}, but libxgboost trained on ${device}`];
}

/** "[10:11:12] WARNING: /src/learner.cc:740: Text" as its text. */
function oneLine(message: string): string {
  return message
    .replace(/^\[[\d:]+\] (?:WARNING: )?(?:\S+:\d+: )?/, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}
