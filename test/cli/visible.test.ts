import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { modelsLines, noModelsLines } from "../../src/lib/cli/output/models.ts";
import { headerLine, stageLine, workingLine } from "../../src/lib/cli/output/night-lines.ts";
import { promotionLine, promotionQuestion } from "../../src/lib/cli/output/promotion.ts";
import { tabulate } from "../../src/lib/cli/output/table.ts";
import { errorLines, presentable } from "../../src/lib/cli/output/text.ts";
import { visible, visibleLine } from "../../src/lib/cli/visible.ts";
import { decide } from "../../src/lib/compare/rule.ts";
import { InputError } from "../../src/lib/errors.ts";
import { plainText, title } from "../../src/lib/notify/text.ts";

/** A name as somebody plants it in a model file, a tag or a table: each kind of what isn't seen, and a line of churn's. */
const PLANTED =
  "x\u001b]0;pwned\u0007\u001b[2J\u007f\u009b31m\n\r\u2028\u2029\u202e\u2066\u061c\u200b\u200d\u2060\ufeff\u00ad\u{e0041}\nchurn promote --version 666\n@here";
const HARM = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s*(?:next\s+)?churn promote --version 666$/mu;
const plain = new Chalk({ level: 0 });

const version = {
  version: 4,
  stage: "Production" as const,
  aliases: [PLANTED],
  createdAt: new Date(0),
  night: PLANTED,
  f1: 0.5,
  aucRoc: 0.5,
  rows: 1,
  runId: PLANTED,
  promotedBy: PLANTED,
  promotedAt: new Date(0),
  reason: PLANTED,
  productionUntil: null,
  rejection: { by: PLANTED, at: null, reason: PLANTED },
};
const registered = {
  name: PLANTED,
  version: 4,
  stage: "Staging" as const,
  runId: null,
  source: PLANTED,
  creationTime: 0,
  tag: () => PLANTED,
  aliases: [],
};
const decided = {
  night: "2026-11-23",
  model: PLANTED,
  outcome: "champion_unscorable" as const,
  reason: PLANTED,
  f1: 0.5,
  auc_roc: 0.8,
  rows: 1,
  production: { version: 1, f1: null },
  improvement: null,
  min_improvement: 0.01,
  recorded_f1: 0.4,
  stage: "Staging",
  production_moved: null,
  mlflow_run_id: PLANTED,
};
const failed = {
  kind: "failed" as const,
  night: "2026-11-23",
  run: "r",
  stage: "compare",
  reason: PLANTED,
  details: [PLANTED],
  hint: "churn run-all",
  workspace: PLANTED,
  host: PLANTED,
};
const stage = { name: "compare", seconds: 1, text: PLANTED, reason: PLANTED };
const reasons = decide(
  { f1: 0.5, auc: 0.6, rows: 10, predicted: 5 },
  { version: 1, kind: "unscorable", problem: visibleLine(PLANTED) },
  { min_improvement: 0.01, first: { min_auc: 0.5 } },
).reason;

test.for<[string, readonly string[]]>([
  [
    "models",
    modelsLines(PLANTED, [version], { chalk: plain, timezone: "UTC", older: 0, via: "both", hold: undefined }),
  ],
  ["no models", noModelsLines(PLANTED, PLANTED, plain)],
  ["a question", [promotionQuestion({ version: registered, replaces: [], kind: "promote", way: "both" })]],
  [
    "a promotion",
    [
      promotionLine(PLANTED, {
        version: 1,
        kind: "promote",
        way: "both",
        replaced: [],
        promotedBy: PLANTED,
        promotedAt: "",
        reason: null,
      }),
    ],
  ],
  ["a table", tabulate([PLANTED], [{ cell: String }], { gap: 1 }).lines],
  ["an error", errorLines(plain, new InputError(PLANTED, PLANTED))],
  ["a defect", errorLines(plain, presentable(new Error(PLANTED)))],
  ["a header", [headerLine(plain, { version: "1", name: "n", root: PLANTED, run: "r" })]],
  ["a stage", [stageLine(plain, { ...stage, status: "succeeded" })]],
  [
    "a stage at work",
    [workingLine(plain, { name: "a", seconds: 1, text: PLANTED, share: undefined, frame: 0, width: 200 })],
  ],
  [
    "a registered version",
    plainText({ kind: "registered", ...decided, version: 5 })
      .slice(2)
      .split("\n"),
  ],
  [
    "a model that was not registered",
    plainText({ kind: "not_registered", ...decided })
      .slice(2)
      .split("\n"),
  ],
  ["a failure", plainText(failed).split("\n")],
  ["a failure's title", [title({ ...failed, stage: PLANTED })]],
  ["a verdict", [reasons]],
])("a planted name forges nothing: %s", ([, lines]) => {
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).not.toMatch(HARM);
  expect(lines.join(" ")).toContain("x�");
});

test("a long text is cut, and letters of other scripts stay", () => {
  expect(visible("x".repeat(1_000_000))).toHaveLength(4000);
  expect(visible("abcdef", 4)).toBe("abc…");
  expect(visible("👋👋👋", 3)).toBe("👋👋👋");
  expect(visible("Zürich – 東京 ❤️ ΑΩ שלום")).toBe("Zürich – 東京 ❤️ ΑΩ שלום");
});

test("churn's own sentence on two lines becomes one", () => {
  expect(visibleLine("once it is there:\r\nrun")).toBe("once it is there: run");
});
