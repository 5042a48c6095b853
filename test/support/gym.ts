import { join } from "node:path";
import { writeDuckdb } from "./data-night.ts";
import { type Company, type ConfigInput, openCompany } from "./other-table.ts";

export const GYM_BEFORE = "2026-11-22";
export const GYM_DAY = "2026-11-23";

/** A gym's members and their visits. The same seed gives the same rows; who stays away is likelier to leave. */
const MEMBERS = `
  SELECT 10000 + i AS mitgliedsnummer,
         ['weiblich', 'männlich', 'divers', NULL][1 + floor(wert(i, 'g') * 3.1)::INTEGER] AS geschlecht,
         18 + floor(wert(i, 'a') * 60)::INTEGER AS "alter",
         ['Köln-Ehrenfeld', 'Düsseldorf', 'Münster (Hbf)', 'Mönchengladbach'][1 + floor(wert(i, 'f') * 4)::INTEGER] AS filiale,
         ['Basis', 'Komfort', 'Premium Plus'][1 + floor(wert(i, 't') ** 2 * 3)::INTEGER] AS tarif,
         (19.9 + 20 * floor(wert(i, 't') ** 2 * 3))::DECIMAL(6,2) AS monatsbeitrag,
         CASE WHEN wert(i, 'k') > 0.1 THEN wert(i, 'k') > 0.7 END AS kurse,
         CASE WHEN wert(i, 'w') > 0.4 THEN ['Freunde', 'Anzeige', 'Aktion "Neujahr"'][1 + floor(wert(i, 'x') * 3)::INTEGER] END AS geworben_durch,
         CASE WHEN wert(i, 'r') < 0.8 THEN (wert(i, 'r') * 300)::DECIMAL(6,2) END AS guthaben,
         'DE' || lpad(i::VARCHAR, 20, '0') AS "IBAN",
         DATE '2026-11-24' - floor(wert(i, 'e') ** 2 * 1500)::INTEGER AS eintritt,
         CASE WHEN i % 41 > 0 THEN
           CASE WHEN wert(i, 'l') < CASE WHEN wert(i, 'v') < 0.35 THEN 0.7 ELSE 0.12 END THEN 'ja' ELSE 'nein' END
         END AS "gekündigt"
  FROM range(1500) AS r(i) ORDER BY hash(i)`;
const VISITS = `
  SELECT 10000 + i AS mitgliedsnummer, DATE '2026-11-23' - floor(wert(i * 50 + n, 'd') * 60)::INTEGER AS tag
  FROM range(1500) AS r(i), range(20) AS v(n) WHERE n < 20 * wert(i, 'v')`;

/**
 * Who was a member on the day, with the visits of the thirty days before it: the day is no column.
 *
 * @param gone  a column that the members don't have any more
 */
export function gymQuery(gone?: string): string {
  const columns = gone === undefined ? "m.*" : `m.* EXCLUDE ("${gone}")`;
  return `SELECT ${columns}, coalesce(b.besuche, 0) AS besuche, date_diff('month', m.eintritt, CAST({date} AS DATE)) AS monate
    FROM mitglieder AS m LEFT JOIN (
      SELECT mitgliedsnummer, count(*) AS besuche FROM besuche
      WHERE tag <= CAST({date} AS DATE) AND tag > CAST({date} AS DATE) - 30 GROUP BY ALL
    ) AS b USING (mitgliedsnummer)
    WHERE m.eintritt <= {date} -- later ones were no members yet`;
}

export const gymConfig = {
  dataset: { id: "mitgliedsnummer", target: { column: "gekündigt", positive: "ja" }, exclude: ["IBAN"] },
  source: { url: "duckdb:studio.duckdb", query: gymQuery() },
  transform: {
    fill: { guthaben: "0", kurse: "false" },
    derive: { beitrag_pro_besuch: "monatsbeitrag / (besuche + 1)" },
  },
  train: { rounds: 8 },
  register: { model: "kündigungen" },
} satisfies ConfigInput;

export async function openGym(): Promise<Company> {
  const gym = await openCompany(gymConfig);
  await writeDuckdb(
    join(gym.root, "studio.duckdb"),
    "CREATE TEMP MACRO wert(n, salz) AS ('0x' || left(md5('studio 1' || salz || n), 8))::UBIGINT / 4294967296.0",
    `CREATE TABLE mitglieder AS ${MEMBERS}`,
    `CREATE TABLE besuche AS ${VISITS}`,
  );
  return gym;
}

/** One whose first model is in production, and whose next night stands before compare. */
export async function openGymBeforeCompare(): Promise<Company> {
  const gym = await openGym();
  await gym.churn("run-all", "--date", GYM_BEFORE);
  await gym.churn("promote", "--version", "1", "--yes");
  await gym.churn("run-all", "--date", GYM_DAY, "--to", "evaluate");
  return gym;
}
