import type { Metric } from "../tracking.ts";

/** What one log-batch takes. @see https://mlflow.org/docs/latest/api_reference/rest-api.html#log-batch */
const MOST = { params: 100, metrics: 1000, tags: 100 } as const;
const MOST_TOGETHER = 1000;
/** Bytes of its body: proxies and Databricks take no more. */
const MOST_BYTES = 900_000;

/** JSON has no NaN and no infinity: MLflow takes their names. Fractions of milliseconds would be read as 0. */
export function metricForm({ key, value, timestamp, step }: Metric) {
  const sent = Number.isFinite(value) ? value : String(value);
  return { key, value: sent, timestamp: Math.trunc(timestamp), step: Math.trunc(step) };
}

type Batch = Partial<Record<keyof typeof MOST, object[]>>;

/** What is to be logged, in as few calls as MLflow's limits allow. */
export function batches(items: Readonly<Record<keyof typeof MOST, readonly object[]>>): Batch[] {
  const found: Batch[] = [];
  let [batch, bytes, count]: [Batch, number, number] = [{}, 0, 0];
  for (const kind of ["params", "metrics", "tags"] as const) {
    for (const item of items[kind]) {
      const size = Buffer.byteLength(JSON.stringify(item)) + 1;
      const isFull = (batch[kind]?.length ?? 0) === MOST[kind] || count === MOST_TOGETHER || bytes + size > MOST_BYTES;
      if (isFull) {
        found.push(batch);
        [batch, bytes, count] = [{}, 0, 0];
      }
      batch[kind] ??= [];
      batch[kind].push(item);
      bytes += size;
      count += 1;
    }
  }
  return count === 0 ? found : [...found, batch];
}
