import type { Database } from "../../duckdb/database.ts";
import { openDatabase } from "../../duckdb/open.ts";
import { fileLiteral } from "../../duckdb/sql.ts";
import { ServiceError } from "../../errors.ts";
import { type Customers, customersOf } from "../../matrix/customers.ts";
import { telcoFile } from "../../sample/telco.ts";
import { parameters } from "../parameters.ts";
import { openNativeEngine } from "./engine.ts";
import type { Library } from "./library.ts";

const ROUNDS = 100;
/** Who knows nothing but the share of churners comes to 0.579 on the sample, and a model of it to 0.42. */
const LARGEST_LOSS = 0.5;

/** What a library made of the sample. */
export interface TryOut {
  readonly customers: number;
  readonly rounds: number;
  /** of training alone */
  readonly seconds: number;
  /** on `judged` other customers */
  readonly logLoss: number;
  readonly judged: number;
}

/**
 * Trains on the sample, as a night does: four fifths of its customers, judged by the others.
 *
 * @throws {ServiceError} when the library fails, or has learned nothing
 */
export async function tryOut(library: Library): Promise<TryOut> {
  await using database = await openDatabase();
  const [trained, judged] = [await sample(database, "row % 5 <> 0"), await sample(database, "row % 5 = 0")];
  await using engine = await openNativeEngine(library);
  const start = performance.now();
  const model = await engine.train({
    customers: trained,
    cuts: async () => trained,
    algorithm: "xgboost",
    rounds: ROUNDS,
    params: parameters.parse({ max_depth: 5, learning_rate: 0.1 }),
    threads: 1,
    validation: judged,
  });
  const seconds = (performance.now() - start) / 1000;
  const logLoss = model.judged?.validationLoss.at(-1) ?? Number.NaN;
  requireLearned(library, logLoss);
  return { customers: trained.rowCount, rounds: ROUNDS, seconds, logLoss, judged: judged.rowCount };
}

/** @throws {ServiceError} when the log loss is no better than that of a guess */
export function requireLearned({ version }: Pick<Library, "version">, logLoss: number): void {
  if (logLoss < LARGEST_LOSS) return;
  throw new ServiceError(
    `XGBoost ${version} has learned nothing from the sample: its log loss is ${logLoss.toFixed(3)}, and ${LARGEST_LOSS} is expected at most`,
    "another version may do better: churn setup native --version",
  );
}

const FEATURES = ["tenure", "monthly_charges", "total_charges", "by_month", "two_years", "by_check"];

function sample(database: Database, condition: string): Promise<Customers> {
  const relation = `(FROM (
    SELECT
      row_number() OVER () AS row,
      tenure,
      monthly_charges,
      total_charges,
      (contract = 'Month-to-month')::INTEGER         AS by_month,
      (contract = 'Two year')::INTEGER               AS two_years,
      (payment_method = 'Electronic check')::INTEGER AS by_check,
      (churn = 'Yes')::INTEGER                       AS churned
    FROM read_csv(${fileLiteral(telcoFile)}, hive_partitioning = false, header = true, nullstr = 'NA', types = {'churn': 'VARCHAR'})
  ) WHERE ${condition} ORDER BY row)`;
  return customersOf(database, relation, { features: FEATURES, label: "churned" });
}
