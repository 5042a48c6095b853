import { describe, expect } from "vitest";
import { InputError } from "../../src/lib/errors.ts";
import { decisionIn } from "../../src/lib/ledger/decision.ts";
import { recordKey } from "../../src/lib/stage/record.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { NIGHT } from "../support/ledger-events.ts";
import { succeeded, test } from "../support/records.ts";

describe("a night's decision", () => {
  test("is as compare, evaluate and register came to it", async ({ archive }) => {
    await decide(deciding(archive), NIGHT);
    expect((await decisionIn(deciding(archive), NIGHT))?.event).toEqual({
      event: "registered",
      night: NIGHT,
      model: "churn-model",
      outcome: "better",
      reason: "F1 0.571 against 0.552",
      f1: 0.571,
      auc_roc: 0.841,
      rows: 1425,
      production: { version: 3, f1: 0.552 },
      production_moved: null,
      improvement: 0.034,
      is_older: false,
      version: 4,
      stage: "Staging",
    });
  });

  test("of an older night says so: what it was held against was in production on its date", async ({ archive }) => {
    const older = {
      newer: "The night of 2026-11-24 is decided already",
      at: "2026-11-24T00:00:00.000Z",
      known_by: "promoted on 2026-11-20 by maria",
      current_version: 5,
      outcome: "better",
      would_register: true,
      may_register: false,
    };
    const compare = { outcome: "older_night", older };
    await decide(deciding(archive), NIGHT, { compare, register: { registered: false, version: null, stage: null } });
    expect((await decisionIn(deciding(archive), NIGHT))?.event).toMatchObject({
      event: "not_registered",
      outcome: "older_night",
      is_older: true,
      production: { version: 3, f1: 0.552 },
    });
  });

  test("for no new version names the one that holds the model already, if there is one", async ({ archive }) => {
    const known = deciding(archive);
    const compare = { outcome: "first_model_too_weak", production_version: null, prod_f1: null, improvement: null };
    const evaluate = { metrics: { f1: 0, auc_roc: null } };
    await decide(known, NIGHT, { compare, evaluate, register: { registered: false, version: null, stage: null } });
    expect((await decisionIn(known, NIGHT))?.event).toMatchObject({
      event: "not_registered",
      outcome: "first_model_too_weak",
      version: null,
      production: null,
      auc_roc: null,
    });
    await decide(known, "2026-11-24", { register: { registered: false, version: 3 } });
    expect((await decisionIn(known, "2026-11-24"))?.event).toMatchObject({ event: "not_registered", version: 3 });
  });

  test("is what its attempts prove where the records are lost", async ({ archive }) => {
    const known = deciding(archive);
    await decide(known, NIGHT);
    for (const stage of ["evaluate", "compare", "register"]) await archive.store.remove(recordKey(NIGHT, stage));
    expect((await decisionIn(known, NIGHT))?.event).toMatchObject({ event: "registered", f1: 0.571, version: 4 });
  });

  test("is none before register has succeeded, or of stages that are not churn's", async ({ archive }) => {
    expect(await decisionIn(deciding(archive), NIGHT)).toBeUndefined();
    await succeeded(archive, NIGHT, "register");
    expect(await decisionIn(archive, NIGHT)).toBeUndefined();
  });

  test("that is damaged is an error", async ({ archive }) => {
    await decide(deciding(archive), NIGHT);
    await archive.store.write(recordKey(NIGHT, "compare"), "{");
    await expect(decisionIn(deciding(archive), NIGHT)).rejects.toThrow(InputError);
  });
});
