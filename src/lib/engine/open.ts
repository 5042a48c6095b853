import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { levelsOf } from "../model/forest.ts";
import { ownScoring, type ScoredModel, type Scoring, type ScoringWork } from "../model/scorer.ts";
import type { Environment } from "../workspace/env.ts";
import { packageVersion } from "../workspace/versions.ts";
import { coresOf } from "./cores.ts";
import type { Engine } from "./engine.ts";
import { type Found, findLibrary } from "./native/library.ts";
import { orOwn } from "./or-own.ts";

/** What of churn.yaml decides which engine trains and scores. */
export type EngineChoice = Pick<Config["train"], "engine" | "library" | "threads">;

/** The engine that is configured, not opened yet: nothing of it is loaded but what tells its version. */
export interface LazyEngine {
  /**
   * The library that would train, with its version.
   *
   * @throws {UsageError} when the engine can't be had on this machine
   */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** A sentence for each library that was found and can't be used. */
  passedOver(): Promise<readonly string[]>;
  /** Opens the one that `open` will give next, now: for a process that has time to spare. */
  ahead(): Promise<Engine>;
  /** @throws {ServiceError} when the engine's library doesn't load */
  open(): Promise<Engine>;
  /**
   * What scores: libxgboost where it trains and there is much to score, and churn's own scorer otherwise, or where that one fails.
   *
   * @param hear  is told, in a sentence, that it has failed
   */
  scoring(hear?: (sentence: string) => void): Scoring;
}

/** An engine that is not open yet. */
interface ClosedEngine {
  readonly versions: Readonly<Record<string, string>>;
  open(): Promise<Engine>;
}

/**
 * Steps of our own scorer, some 15 ns each, that libxgboost saves the time to be loaded in: 30,000 customers and 100 trees of
 * depth 5.
 */
const WORTH_STEPS = 15_000_000;
/** A tree's levels that libxgboost is trusted with: it walks some of its ways by recursion. XGBoost's own trees have some dozens. */
const MOST_LEVELS = 500;

const WASM = "ml-xgboost";
const MLJS = "ml-random-forest";

/**
 * The one place that chooses: `auto` is libxgboost where this machine has one, and what comes with churn otherwise.
 *
 * @param root  the workspace's folder
 */
export function lazyEngine(
  { engine, library: configured, threads }: EngineChoice,
  root: string,
  environment: Pick<Environment, "get">,
): LazyEngine {
  let found: Promise<Found> | undefined;
  let opened: Promise<Engine> | undefined;
  const find = () => {
    found ??=
      engine === "wasm" || engine === "mljs" ? Promise.resolve(NONE) : findLibrary(configured, root, environment);
    return found;
  };
  const choose = async (): Promise<ClosedEngine> => {
    if (engine === "mljs") {
      return {
        versions: { [MLJS]: packageVersion(MLJS) },
        open: async () => (await import("./mljs/engine.ts")).openMljsEngine(),
      };
    }
    const { library, passedOver } = await find();
    if (library !== undefined) {
      return {
        versions: { xgboost: library.version },
        open: async () => (await import("./native/engine.ts")).openNativeEngine(library),
      };
    }
    if (engine === "native") {
      throw new UsageError(
        "train.engine is native, and this machine has no libxgboost that can be used",
        "churn setup native installs one into the workspace; CHURN_LIBXGBOOST or train.library name one that lies elsewhere",
        { details: passedOver },
      );
    }
    return {
      versions: { [WASM]: packageVersion(WASM) },
      open: async () => (await import("./wasm/engine.ts")).openWasmEngine(),
    };
  };
  // One that is named and can't be used is told by whoever trains; margins are the same without it.
  const scoringLibrary = async () => (await find().catch(() => NONE)).library;
  const scoring = (hear: (sentence: string) => void = () => {}): Scoring => ({
    open: async (model, work) => {
      const library = isWorthLibrary(model, work) ? await scoringLibrary() : undefined;
      const own = await ownScoring.open(model, work);
      if (library === undefined) return own;
      const { openNativeScorer } = await import("./native/scorer.ts");
      return orOwn(openNativeScorer(library, model, coresOf(threads)), own, hear);
    },
    versions: async () => {
      const library = await scoringLibrary();
      return library === undefined ? {} : { xgboost: library.version };
    },
  });
  return {
    scoring,
    versions: async () => (await choose()).versions,
    passedOver: async () => (await find()).passedOver,
    ahead: () => {
      opened ??= choose().then((closed) => closed.open());
      return opened;
    },
    open: async () => {
      const ahead = opened;
      opened = undefined;
      return ahead ?? (await choose()).open();
    },
  };
}

function isWorthLibrary({ booster }: ScoredModel, { rows, explaining = 0 }: ScoringWork): boolean {
  const levels = levelsOf(booster.forest);
  const steps = rows * levels.reduce((sum, one) => sum + one, 0) + explaining;
  return steps >= WORTH_STEPS && levels.every((one) => one <= MOST_LEVELS);
}

const NONE: Found = { library: undefined, passedOver: [] };
