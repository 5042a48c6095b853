/** The ids that other companies have. */
export const ID_KINDS = {
  integer: "i * 7 + 1",
  uuid: "CAST(md5(CAST(i AS VARCHAR)) AS UUID)",
  padded: "rpad('K' || i, 12, ' ')",
  accented: "'Ünïçødé ' || chr(128512 + (i % 50)::INTEGER) || i",
} as const;

/** Labels that other companies have, with the value of a customer who churned; every 19th is null. */
export const LABEL_KINDS = {
  yesNo: { values: ["Yes", "No"], positive: "Yes" },
  jaNein: { values: ["ja", "nein"], positive: "ja" },
  oneZero: { values: [1, 0], positive: 1 },
  boolean: { values: [true, false], positive: true },
  words: { values: ["Churned", "Stayed"], positive: "Churned" },
} as const;

export interface NastyTable {
  readonly seed: number;
  readonly rows: number;
  readonly id: keyof typeof ID_KINDS;
  readonly label: keyof typeof LABEL_KINDS;
  /** SQL type of the column "snapshot day", or none */
  readonly date: "DATE" | "TIMESTAMP" | "VARCHAR" | "none";
  /** the snapshot's; the default is DAY */
  readonly day?: string;
}

export const ID = 'customer "no"';
export const LABEL = "left us?";
export const DATE = "snapshot day";
export const DAY = "2026-11-23";

/**
 * A table of 35 columns as SQL, with all that is awkward in other people's tables. The same seed gives the same rows.
 */
export function nastyTable({ seed, rows, id, label, date, day = DAY }: NastyTable): string {
  const random = (salt: string) => `(('0x' || left(md5('${seed}${salt}' || i), 8))::UBIGINT / 4294967296.0)`;
  const pick = (salt: string, values: readonly (string | null)[]) =>
    `[${values.map((value) => (value === null ? "NULL" : `'${value.replaceAll("'", "''")}'`)).join(", ")}][1 + floor(${random(salt)} * ${values.length})::INTEGER]`;
  const orNull = (salt: string, sql: string, share = 0.1) => `CASE WHEN ${random(salt)} >= ${share} THEN ${sql} END`;
  const [yes, no] = LABEL_KINDS[label].values.map((value) =>
    typeof value === "string" ? `'${value}'` : String(value),
  );

  const columns: [string, string][] = [
    [ID, ID_KINDS[id]],
    ["select", `floor(${random("select")} * 100)::INTEGER`],
    ["order by", `(${random("order")} * 1000)::DECIMAL(12,2)`],
    ["group", orNull("group", pick("group", ["a", "b", "c"]))],
    ["tenure", `floor(${random("tenure")} * 72)::UTINYINT`],
    ["charges in €", `(${random("charges")} * 120)::FLOAT`],
    ["total", orNull("total", `${random("total")} * 5000`)],
    ["big", `(${random("big")} * 1e15)::HUGEINT`],
    ["huge", `(${random("huge")} * 1e30)::HUGEINT`],
    [
      "sometimes nan",
      `CASE WHEN ${random("nan")} < 0.05 THEN 'nan'::DOUBLE WHEN ${random("nan")} < 0.1 THEN '-inf'::DOUBLE ELSE ${random("nan")} END`,
    ],
    ["vip", `${random("vip")} < 0.3`],
    ["newsletter", orNull("news", `${random("newsletter")} < 0.5`)],
    ["signed up", `DATE '2020-01-01' + floor(${random("signup")} * 2000)::INTEGER`],
    [
      "last seen",
      orNull("seen", `TIMESTAMP '2026-01-01 00:00:00' + to_seconds(floor(${random("seen")} * 1e7)::BIGINT)`),
    ],
    ["with zone", `TIMESTAMPTZ '2026-01-01 00:00:00+02' + to_hours(floor(${random("zone")} * 100)::INTEGER)`],
    ["clock", `TIME '10:00:00' + to_minutes(floor(${random("clock")} * 60)::INTEGER)`],
    ["plan", pick("plan", ["Gold, old", "Gold 'new'", 'the "best"', "basic plan", "😀", "naïve", "50% off"])],
    [
      "brackets",
      pick("brackets", ["[0, 10)", "<script>alert(1)</script>", "a]b", "-- drop", "; SELECT 1", "{x}", "\\n", "%s"]),
    ],
    ["empty or null", pick("empty", ["", null, " ", "full"])],
    ["one value", "'only'"],
    ["constant", "42"],
    ["all null text", "NULL::VARCHAR"],
    ["all null number", "NULL::DOUBLE"],
    ["sixty", `'city ' || floor(${random("sixty")} * 60)::INTEGER`],
    ["three thousand", `'street ' || floor(${random("3000")} * 3000)::INTEGER`],
    ["kind", `${pick("kind", ["x", "y"])}::ENUM('y', 'x')`],
    ["tags", "[i, i + 1]"],
    ["address", "{'street': 'a', 'no': i}"],
    ["photo", "'abc'::BLOB"],
    ["id_text", "md5(i::VARCHAR)"],
    ["semi;colon", "i % 5"],
    ["a.b", "i % 3 = 0"],
    ["tab\there", "-0.0::DOUBLE"],
    [
      LABEL,
      `CASE WHEN i % 19 > 0 THEN CASE WHEN ${random("label")} < 0.15 + 0.3 * ${random("vip")} THEN ${yes} ELSE ${no} END END`,
    ],
    ...(date === "none"
      ? [["spare", "1"] satisfies [string, string]]
      : [[DATE, dayOf(date, day)] satisfies [string, string]]),
  ];
  const list = columns.map(([name, sql]) => `${sql} AS "${name.replaceAll('"', '""')}"`);
  return `SELECT ${list.join(",\n  ")} FROM range(${rows}) AS r(i) ORDER BY hash(i + ${seed})`;
}

function dayOf(type: "DATE" | "TIMESTAMP" | "VARCHAR", day: string): string {
  if (type === "DATE") return `DATE '${day}'`;
  return type === "TIMESTAMP" ? `TIMESTAMP '${day} 03:00:00'` : `'${day}'`;
}
