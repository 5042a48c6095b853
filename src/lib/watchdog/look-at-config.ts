import { firstLineOf } from "../errors.ts";
import type { SoundWorkspace } from "../workspace/workspace.ts";
import { type Look, NOTHING } from "./finding.ts";

/**
 * Whether a run can begin by what churn.yaml, .env and the environment say. Where it can't, all else is looked at by those sections of churn.yaml
 * that are right, and by the defaults of the others.
 */
export function lookAtConfig({ wrong }: Pick<SoundWorkspace, "wrong">): Look {
  if (wrong === undefined) return NOTHING;
  // Whoever is told is to mend it in the workspace, where the whole of it is shown: a line is enough.
  const text = `no run can begin, and what goes by it can't be seen: ${firstLineOf(wrong)}`;
  return { ...NOTHING, findings: [{ what: "unseen", subject: "configuration", text, next: "churn doctor" }] };
}
