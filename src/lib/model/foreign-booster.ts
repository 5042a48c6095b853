import { type Booster, boosterOf, damaged, parseModelJson } from "./booster.ts";
import { excessOf } from "./json-excess.ts";
import { stoppedEarly } from "./model-schema.ts";
import { isUbjson, parseUbjson, UbjsonError } from "./ubjson.ts";

/**
 * Reads a model that somebody else wrote, as JSON or as UBJSON, which Python's XGBoost writes by default, and checks it as one of
 * churn's own is checked. What it takes is bounded by its file: nothing in it can make a small file large.
 *
 * @param keepsBest  whether Python loads it with a class of scikit-learn's kind, as XGBClassifier: after early stopping that one
 *                   scores with the best rounds alone, a Booster with all of them
 * @throws {InputError} what is wrong, and where in the file
 */
export function parseForeignBooster(content: Uint8Array, where: string, keepsBest: boolean): Booster {
  const value = isUbjson(content) ? fromUbjson(content, where) : fromJson(content, where);
  return boosterOf(keepsBest ? withBestRounds(value, where) : value, where);
}

function fromJson(content: Uint8Array, where: string): unknown {
  const problem = excessOf(content);
  if (problem !== undefined) throw damaged(where, problem);
  const text = Buffer.from(content).toString("utf8");
  try {
    return parseModelJson(text, where);
  } catch (error) {
    // XGBoost writes NaN and Infinity as bare words, which JSON doesn't have; where it does, the tree tells why.
    const numbers = text.replace(/(?<=[[,])-?(?:NaN|Infinity)(?=[,\]])/g, "1e999");
    if (numbers === text) throw error;
    return parseModelJson(numbers, where);
  }
}

function fromUbjson(content: Uint8Array, where: string): unknown {
  try {
    return parseUbjson(content);
  } catch (error) {
    if (error instanceof UbjsonError) throw damaged(where, error.message, error);
    throw error;
  }
}

/** A model that early stopping stopped, cut to its best round as XGBClassifier does it. */
function withBestRounds(value: unknown, where: string): unknown {
  const parsed = stoppedEarly.safeParse(value);
  // What is no model at all is told by the check of all models.
  if (!parsed.success) return value;
  const { learner } = parsed.data;
  const { model } = learner.gradient_booster;
  const { best_iteration } = learner.attributes;
  if (best_iteration === undefined) return value;
  const best = count(best_iteration);
  const perRound = count(model.gbtree_model_param.num_parallel_tree ?? "1");
  if (best === undefined || perRound === undefined || perRound === 0)
    throw damaged(where, "which of its rounds was the best (best_iteration) can't be told");
  const trees = (best + 1) * perRound;
  if (trees >= model.trees.length) return value;
  const cut = {
    ...model,
    gbtree_model_param: { ...model.gbtree_model_param, num_trees: String(trees) },
    trees: model.trees.slice(0, trees),
    tree_info: model.tree_info.slice(0, trees),
  };
  return { ...parsed.data, learner: { ...learner, gradient_booster: { ...learner.gradient_booster, model: cut } } };
}

/** A whole number as XGBoost writes it, as text. */
function count(text: unknown): number | undefined {
  return typeof text === "string" && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
