import { expect, test } from "vitest";
import { UsageError } from "../../src/lib/errors.ts";
import { lookAtConfig } from "../../src/lib/watchdog/look-at-config.ts";

test("a configuration by which no run can begin is found, in one line; another one isn't", () => {
  const wrong = new UsageError(["churn.yaml line 3: nosuch is no key", "churn.yaml line 4: nor is this"]);
  expect(lookAtConfig({ wrong })).toEqual({
    findings: [
      {
        what: "unseen",
        subject: "configuration",
        text: "no run can begin, and what goes by it can't be seen: churn.yaml line 3: nosuch is no key, and 1 more",
        next: "churn doctor",
      },
    ],
    unjudged: [],
    well: [],
    notes: [],
  });
  expect(lookAtConfig({ wrong: undefined }).findings).toEqual([]);
});
