import { ServiceError } from "../../errors.ts";

/** base_score as 3.1 and newer write it; within a text, such as a feature's name, the quotes would be escaped. */
const IN_BRACKETS = /"base_score":"\[([^\],"]+)\]"/;

/**
 * A model's JSON in the one form that every XGBoost from 1.7 to 3.4 reads alike: 3.1 and newer write base_score in brackets,
 * which up to 3.0 is read as 0.5, without a word. Nothing else is touched, since to parse and write it again would break it.
 *
 * @param text  as XGBoosterSaveModelToBuffer gives it
 * @throws {ServiceError} when base_score is something else
 */
export function readAlike(text: string): string {
  const alike = text.replace(IN_BRACKETS, '"base_score":"$1"');
  if (/"base_score":"[^"[]+"/.test(alike)) return alike;
  throw new ServiceError(
    "libxgboost wrote a model whose base_score older versions would misread",
    "set train.engine to wasm meanwhile, and report this",
  );
}
