import type { ComparisonReport } from "../../src/lib/compare/report.ts";
import type { RegistrationReport } from "../../src/lib/tracking/registration.ts";
import { modelName } from "./tracking-folder.ts";

/** What an earlier night left that saw one version in Production and registered another. */
export function earlier(production: number | null, registered: number | null) {
  const metrics = { f1: 0.5, auc_roc: 0.8 };
  const comparison: ComparisonReport = {
    should_deploy: registered !== null,
    outcome: "better",
    reason: "",
    rows: 10,
    new: { model_digest: "n", threshold: 0.5, metrics },
    production:
      production === null
        ? null
        : {
            version: production,
            model_digest: digestOf(production),
            threshold: 0.5,
            metrics,
            recorded_f1: 0.5,
            problem: null,
          },
    improvement: null,
    min_improvement: 0.01,
    rules: [],
    production_moved: null,
    last_promotion: null,
    older: null,
  };
  const registration: RegistrationReport = {
    registered: registered !== null,
    name: modelName,
    version: registered,
    stage: null,
    outcome: "better",
    reason: "",
    archived: [],
  };
  return { comparison, registration };
}

/** Of a version's model. */
export const digestOf = (version: number): string => String(version).repeat(64);
