import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { findLibrary } from "../../../src/lib/engine/native/library.ts";
import { startScoringThread } from "../../../src/lib/engine/native/scoring-thread.ts";
import { parseBooster } from "../../../src/lib/model/booster.ts";
import { writeModelUbjson } from "../../../src/lib/model/model-ubjson.ts";
import { ScoringFailure } from "../../../src/lib/model/scorer.ts";
import { libraries, newest } from "../../support/libxgboost.ts";

const text = await readFile(new URL("../../golden/foreign-model.json", import.meta.url), "utf8");
const model = writeModelUbjson(parseBooster(text, "model.json"), undefined);

describe.skipIf(newest === "").for(libraries)(
  "XGBoost's own sentence, without its calls, says why it could not: %s",
  (file) => {
    const refusal = async (asked: Promise<unknown>) => {
      const error = await asked.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ScoringFailure);
      expect(String(error)).not.toMatch(/Stack trace|\.cc|\.h:|\n/);
      return String(error);
    };

    test("score fewer columns than there are features; and it scores on", async () => {
      await findLibrary(file, "/", { get: () => undefined });
      await using thread = await startScoringThread(file);
      await thread.load(model, 1);
      const margins = new Float32Array(new SharedArrayBuffer(8));
      const rows = (features: number) => ({ values: new Float32Array(2 * features), rowCount: 2, features });
      for (const features of [9, 11]) {
        const said = await refusal(thread.margins(rows(features), margins));
        expect(said).toMatch(/^ScoringFailure: libxgboost could not score: .*(?:columns|features)/);
      }
      await thread.margins(rows(10), margins);
      expect(margins[0]).not.toBe(0);
      expect(margins[0]).toBe(margins[1]);
    });

    test("explain infinite values", async () => {
      await findLibrary(file, "/", { get: () => undefined });
      await using thread = await startScoringThread(file);
      await thread.load(model, 1);
      const values = new Float32Array(10).fill(Number.POSITIVE_INFINITY);
      const said = await refusal(thread.contributions({ values, rowCount: 1, features: 10 }));
      expect(said).toMatch(/^ScoringFailure: libxgboost could not explain the model: .*inf/);
    });

    test("load what is no model", async () => {
      await findLibrary(file, "/", { get: () => undefined });
      await using thread = await startScoringThread(file);
      const said = await refusal(thread.load(Buffer.from('{"learner":1}'), 1));
      expect(said).toMatch(/^ScoringFailure: libxgboost could not load the model: /);
    });
  },
);
