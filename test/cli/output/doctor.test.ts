import { Chalk } from "chalk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkLines, differenceLines, progressText } from "../../../src/lib/cli/output/doctor.ts";
import type { ReportedFinding } from "../../../src/lib/doctor/report.ts";

const plain = new Chalk({ level: 0 });
const finding = (
  state: ReportedFinding["state"],
  text: string,
  more: Partial<ReportedFinding> = {},
): ReportedFinding => ({
  state,
  text,
  details: [],
  next: [],
  exit_code: null,
  stage: null,
  ...more,
});
const lines = (name: string, ...findings: ReportedFinding[]) => checkLines(plain, { name, findings });

describe("a check", () => {
  test("is a line with a mark, its name and what it found, and the remedy below", () => {
    expect([
      ...lines("Node", finding("ok", "20.20.2")),
      ...lines("configuration", finding("ok", "~/churn.yaml, 3 values from the environment")),
      ...lines("MLflow", finding("problem", "connection refused", { next: ["is it up?", "curl it"] })),
      ...lines("disk", finding("warning", "3.1 GB free, a night takes 200 MB, 15 nights left")),
      ...lines("registry", finding("unknown", "not looked at: MLflow first")),
    ]).toEqual([
      "✔ Node          20.20.2",
      "✔ configuration ~/churn.yaml, 3 values from the environment",
      "✖ MLflow        connection refused",
      "                next  is it up?",
      "                      curl it",
      "! disk          3.1 GB free, a night takes 200 MB, 15 nights left",
      "· registry      not looked at: MLflow first",
    ]);
  });

  test("that found several things has its name once, and evidence before the remedy", () => {
    expect(
      lines(
        "secrets",
        finding("ok", "A in .env"),
        finding("problem", "B is open", { details: ["evidence"], next: ["close it"] }),
      ),
    ).toEqual([
      "✔ secrets       A in .env",
      "✖               B is open",
      "                evidence",
      "                next  close it",
    ]);
  });

  test("whose name is longer than all others has a line of its own", () => {
    expect(lines("a name that is long", finding("ok", "well"))).toEqual([
      "✔ a name that is long",
      "                well",
    ]);
  });

  test("never takes more than 80 columns, and no letter that isn't seen", () => {
    const text = fc.string({ unit: "binary", maxLength: 300 });
    fc.assert(
      fc.property(
        fc.constantFrom("ok", "warning", "problem", "unknown" as const),
        text,
        text,
        text,
        (state, said, detail, next) => {
          for (const line of lines("Node", finding(state, said, { details: [detail], next: [next] }))) {
            expect([...line].length).toBeLessThanOrEqual(80);
            expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
          }
        },
      ),
    );
  });

  test("is coloured by its state", () => {
    const [line, next] = checkLines(new Chalk({ level: 1 }), {
      name: "disk",
      findings: [finding("problem", "full", { next: ["make room"] })],
    });
    expect(line).toBe("\u001b[31m✖\u001b[39m disk          full");
    expect(next).toContain("\u001b[33mnext  \u001b[39mmake room");
  });
});

test("what differs from cron is said: variables with their remedies, then what this shell found", () => {
  const cron = { environment: {}, node: "/usr/bin/node" };
  expect(differenceLines(plain, { ...cron, missing: [], differs: [] })).toEqual(["The same as in this shell."]);
  expect(
    differenceLines(plain, {
      ...cron,
      missing: [
        {
          variable: "PGPASSWORD",
          text: "PGPASSWORD is set here, and cron won't have it",
          next: "put it into .env (mode 0600)",
        },
      ],
      differs: [
        {
          name: "source",
          here: [finding("ok", "7,043 rows"), finding("warning", "a superuser", { next: ["another role"] })],
          in_cron: [finding("problem", "no password", { next: ["PGPASSWORD"] })],
        },
        { name: "Slack", here: [], in_cron: [finding("ok", "there")] },
      ],
    }),
  ).toEqual([
    "!               PGPASSWORD is set here, and cron won't have it",
    "                next  put it into .env (mode 0600)",
    "In this shell, other than in cron's environment:",
    "✔ source        7,043 rows",
    "!               a superuser",
    "· Slack         nothing to look at",
  ]);
});

test("who is still at work is named, and of many how many more", () => {
  expect(progressText(["MLflow"], 15, 16)).toBe("15 of 16 checked, waiting for MLflow");
  expect(progressText(["a", "b", "c", "d", "e"], 11, 16)).toBe("11 of 16 checked, waiting for a, b, c and 2 more");
});
