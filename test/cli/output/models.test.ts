import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { modelsLines, noModelsLines, versionsShown } from "../../../src/lib/cli/output/models.ts";
import type { RegisteredVersion } from "../../../src/lib/tracking/registered-version.ts";
import type { ModelVersion } from "../../../src/lib/tracking/tracking.ts";

const plain = new Chalk({ level: 0 });
const colour = new Chalk({ level: 1 });
const version: RegisteredVersion = {
  version: 12,
  stage: "Archived",
  aliases: [],
  createdAt: new Date("2026-11-22T23:30:00Z"),
  night: "2026-11-22",
  f1: 0.56449,
  aucRoc: 0.8275,
  rows: 5608,
  runId: "df77cb73e3444e229fdc4dfb47bea9f3",
  promotedBy: null,
  promotedAt: null,
  reason: null,
  productionUntil: null,
  rejection: null,
};
const inProduction = { ...version, stage: "Production", promotedAt: new Date("2026-11-23T23:30:00Z") } as const;

function lines(versions: readonly RegisteredVersion[], chalk = plain, older = 0): string[] {
  return modelsLines("churn-model", versions, {
    chalk,
    timezone: "Europe/Berlin",
    older,
    via: "both",
    hold: undefined,
  });
}

test("numbers stand to the right, texts to the left, titles above", () => {
  expect(lines([version, { ...version, version: 9, f1: 0.5, rows: 12_345 }])).toEqual([
    "churn-model",
    "  version  stage     date           F1    AUC    rows  run",
    "       12  Archived  2026-11-22  0.564  0.828   5,608  df77cb7",
    "        9  Archived  2026-11-22  0.500  0.828  12,345  df77cb7",
  ]);
});

test("what somebody else's version doesn't say is a dash, its date the one on which it was made", () => {
  const foreign = { ...version, stage: "None", night: null, f1: null, aucRoc: null, rows: null, runId: null } as const;
  expect(lines([foreign])).toEqual([
    "churn-model",
    "  version  stage  date        F1  AUC  rows  run",
    "       12  –      2026-11-23   –    –     –  –",
  ]);
});

test("under the version in Production stands when it was promoted and by whom, from the second column on", () => {
  const own = lines([inProduction])[3];
  expect(own).toBe("           promoted 2026-11-24");
  expect(lines([{ ...inProduction, promotedBy: "maria" }])[3]).toBe("           promoted 2026-11-24 by maria");
  expect(lines([{ ...inProduction, stage: "Archived" }])).toHaveLength(3);
  expect(lines([{ ...inProduction, promotedAt: null }])).toHaveLength(3);
});

test("under a version stand its aliases, and why it was rejected", () => {
  expect(lines([{ ...inProduction, aliases: ["champion", "shadow"] }])[3]).toBe(
    "           promoted 2026-11-24, alias champion and shadow",
  );
  const rejection = { by: "maria", at: new Date("2026-11-24T08:00:00Z"), reason: "it calls everybody" };
  expect(lines([{ ...version, rejection }])[3]).toBe("           rejected 2026-11-24 by maria: it calls everybody");
  const byHand = { by: null, at: null, reason: "audit" };
  expect(lines([{ ...version, rejection: byHand }])[3]).toBe("           rejected: audit");
  const long = {
    by: null,
    at: null,
    reason: "sales complained about the scores that the customers of the last week had",
  };
  expect(lines([{ ...version, rejection: long }]).slice(3)).toEqual([
    "           rejected: sales complained about the scores that the customers of the",
    "           last week had",
  ]);
});

test("by aliases alone they tell what is in production and what the candidate is", () => {
  const [champion, challenger] = [
    { ...version, stage: "None", aliases: ["champion"], promotedAt: new Date("2026-11-23T23:30:00Z") },
    { ...version, version: 13, stage: "None", aliases: ["challenger"] },
  ] as const;
  const given = { chalk: plain, timezone: "Europe/Berlin", older: 0, hold: undefined };
  expect(modelsLines("churn-model", [challenger, champion], { ...given, via: "aliases" }).slice(3)).toEqual([
    "           alias challenger",
    "       12  –      2026-11-22  0.564  0.828  5,608  df77cb7",
    "           promoted 2026-11-24, alias champion",
    "",
    "Promote it:  churn promote --version 13",
  ]);
});

test("a hold stands below, with who, why and how long", () => {
  const hold = { version: 13, by: "maria", at: new Date("2026-11-24T08:00:00Z"), reason: "too eager" };
  const until = new Date("2026-12-01T08:00:00Z");
  const given = { chalk: plain, timezone: "Europe/Berlin", older: 0, via: "both" } as const;
  expect(modelsLines("churn-model", [version], { ...given, hold: { ...hold, until } }).slice(3)).toEqual([
    "",
    "On hold: version 13 was rolled back on 2026-11-24 by maria (too eager), and",
    "register.hold lasts until 2026-12-01",
  ]);
});

test("a candidate comes with the command that promotes it", () => {
  expect(lines([{ ...version, stage: "Staging" }]).slice(3)).toEqual(["", "Promote it:  churn promote --version 12"]);
  // Put into production in MLflow's pages, where nobody takes its alias away.
  expect(lines([{ ...inProduction, aliases: ["challenger", "champion"] }]).join("\n")).not.toContain("Promote it");
});

test("titles and promotions are dim, the command is cyan", () => {
  expect(lines([inProduction, { ...version, version: 13, stage: "Staging" }], colour)).toEqual([
    "churn-model",
    colour.dim("  version  stage       date           F1    AUC   rows  run"),
    "       12  Production  2026-11-22  0.564  0.828  5,608  df77cb7",
    colour.dim("           promoted 2026-11-24"),
    "       13  Staging     2026-11-22  0.564  0.828  5,608  df77cb7",
    "",
    `Promote it:  ${colour.cyan("churn promote --version 13")}`,
  ]);
});

test("of many versions the newest are shown, and older ones that are in use; the others are counted", () => {
  const many = Array.from({ length: 30 }, (_, index): ModelVersion => {
    const number = 30 - index;
    const stage = number === 3 ? "Production" : number === 5 ? "Staging" : "Archived";
    return {
      name: "churn-model",
      version: number,
      stage,
      runId: null,
      source: "",
      creationTime: 0,
      tag: () => undefined,
      aliases: number === 7 ? ["of-a-dashboard"] : [],
    };
  });
  const newest = Array.from({ length: 20 }, (_, index) => 30 - index);
  expect(versionsShown(many).map(({ version: number }) => number)).toEqual([...newest, 7, 5, 3]);
  expect(versionsShown(many.slice(0, 20))).toHaveLength(20);
  expect(lines([version, version], plain, 1380).at(-1)).toBe("           and 1,380 older ones: churn models --all");
  expect(lines([version, inProduction], plain, 1)).toContain("           and 1 older one: churn models --all");
});

test("a registry without versions says so, and what to do", () => {
  expect(noModelsLines("churn-model", "mlruns", colour)).toEqual([
    "churn-model has no versions yet in mlruns",
    `next   ${colour.cyan("churn run-all")}`,
  ]);
});
