import type { Database } from "../data/database.ts";
import type { Judges } from "../data/judges.ts";
import { matrixOf } from "../data/matrix.ts";
import { prepare } from "../data/prepare.ts";
import { type Preprocessing, preprocessing } from "../data/preprocessing.ts";
import { identifier } from "../data/sql.ts";
import { ChurnError } from "../errors.ts";
import { type Booster, parseBooster, predictProbability } from "./booster.ts";

/** A model from the registry, opened: its trees and the way from raw customers to its columns. */
export interface OpenedModel {
  readonly booster: Booster;
  readonly recipe: Preprocessing;
}

/** @throws {ChurnError} when the model folder has no preprocessing of churn's, or a file of it is damaged */
export function openModel(files: ReadonlyMap<string, Uint8Array>, where: string): OpenedModel {
