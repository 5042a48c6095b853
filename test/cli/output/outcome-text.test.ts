import { expect, test } from "vitest";
import { outcomeText } from "../../../src/lib/cli/output/outcome-text.ts";

test("a night is called by what came of it, and one without a new version by why", () => {
  expect(outcomeText({ outcome: "registered", comparison: "better" })).toBe("registered");
  expect(outcomeText({ outcome: "decided_before", comparison: null })).toBe("decided before");
  expect(outcomeText({ outcome: "not_registered", comparison: "not_better" })).toBe("not better");
  expect(outcomeText({ outcome: "not_registered", comparison: "better" })).toBe("registered before");
  expect(outcomeText({ outcome: "not_registered", comparison: null })).toBe("not registered");
});
