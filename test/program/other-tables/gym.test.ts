import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import * as z from "zod";
import {
  comparison,
  customersTrain,
  featureList,
  predictions,
  registration,
} from "../../../src/lib/artifacts/artifacts.ts";
import { literal } from "../../../src/lib/duckdb/sql.ts";
import { GYM_BEFORE, GYM_DAY, openGym } from "../../support/gym.ts";
import { complaint } from "../../support/mistake.ts";
import { filesThatName, rowsOf } from "../../support/other-table.ts";
import { churn } from "../../support/program.ts";

const member = z.object({ id: z.int() });

test("a gym's members, chosen by a query of two tables, go through two nights in German", async () => {
  await using gym = await openGym();
  expect((await gym.churn("run-all", "--date", GYM_BEFORE)).stdout).toContain("New churn model registered!");
  await gym.churn("promote", "--version", "1", "--yes");
  // Its own model would come out the same: other trees, so that the two can differ.
  const second = await gym.churn(
    "run-all",
    "--date",
    GYM_DAY,
    "--set",
    "train.rounds=20",
    "--set",
    "train.params.seed=7",
  );
  expect(second.stderr).toContain("from studio.duckdb");

  expect(await gym.modelFeatures(GYM_DAY)).toEqual((await gym.read(featureList, GYM_DAY)).features);
  expect(await gym.modelFeatures(GYM_DAY)).toEqual([
    ...["alter", "monatsbeitrag", "kurse", "guthaben", "besuche", "monate", "beitrag_pro_besuch"],
    ...["geschlecht_divers", "geschlecht_männlich", "geschlecht_weiblich"],
    ...["filiale_Düsseldorf", "filiale_Köln-Ehrenfeld", "filiale_Mönchengladbach", "filiale_Münster (Hbf)"],
    ...["tarif_Basis", "tarif_Komfort", "tarif_Premium Plus"],
    ...['geworben_durch_Aktion "Neujahr"', "geworben_durch_Anzeige", "geworben_durch_Freunde"],
  ]);
  const ids = async (path: string) =>
    (await rowsOf(`SELECT mitgliedsnummer AS id FROM ${literal(path)}`, member)).map(({ id }) => id);
  const [judges, learners] = [await ids(gym.path(predictions, GYM_DAY)), await ids(gym.path(customersTrain, GYM_DAY))];
  const isTest = (id: number) =>
    Number.parseInt(createHash("sha256").update(`churn${id}`).digest("hex").slice(0, 8), 16) % 10_000 < 2000;
  expect(judges.every(isTest)).toBe(true);
  expect(learners.some(isTest)).toBe(false);

  const judged = await gym.read(comparison, GYM_DAY);
  expect(judged).toMatchObject({ outcome: "better", rows: judges.length, production: { version: 1, problem: null } });
  expect(await gym.read(registration, GYM_DAY)).toMatchObject({ registered: true, name: "kündigungen", version: 2 });
  expect(await filesThatName(gym.root, ["IBAN"], /\.duckdb$|^churn\.yaml$/)).toEqual([]);
  expect(await filesThatName(gym.root, ["DE000000"], /\.duckdb$/)).toEqual([]);
});

test("a day before the first member says that the query gives nobody", async () => {
  await using gym = await openGym();
  expect(complaint(await churn(gym.root, ["extract", "--date", "2019-01-01"]))).toEqual({
    exitCode: 2,
    error: "no snapshot for 2019-01-01 in studio.duckdb",
    next: ["once it is there:", "churn run-all --date 2019-01-01"],
  });
});
