import { whole } from "../../cli/numbers.ts";
import { UsageError } from "../../errors.ts";
import type { Matrix } from "../../matrix/matrix.ts";

/** WebAssembly's memory as this library grows it: 2 GiB but one page. */
const LIMIT_BYTES = 2 ** 31 - 65_536;
/** The library's own data and stack (5 MB), the trees and their histograms. */
const RESERVE_BYTES = 32 * 2 ** 20;
/**
 * What training takes at its peak, measured with every method (docs/benchmarks.md): a cell is first in our matrix, then in the
 * library's columns; a value is in its rows, then in the index of the method; a customer has label, gradient, margin, place.
 */
const BYTES = { cell: 8, value: 12, customer: 48 };

/**
 * Refuses before the copy what would not fit into WebAssembly's memory.
 *
 * @throws {UsageError} with the number of customers that would fit
 */
export function requireMemory({ rowCount, columns }: Pick<Matrix, "rowCount" | "columns">, missingCount: number): void {
  const cells = rowCount * columns.length;
  const bytes = BYTES.cell * cells + BYTES.value * (cells - missingCount) + BYTES.customer * rowCount;
  const room = LIMIT_BYTES - RESERVE_BYTES;
  if (bytes <= room) return;
  const most = (rowCount * room) / bytes;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(most)) - 2);
  throw new UsageError(
    `${whole(rowCount)} customers × ${columns.length} features take ${megabytes(bytes)} to train on, and the wasm engine has ${megabytes(room)}: about ${whole(Math.floor(most / step) * step)} of these customers would fit`,
    "list fewer features in churn.yaml, or train on fewer customers (a larger split.test, a source.query that draws some)",
  );
}

function megabytes(bytes: number): string {
  return `${whole(Math.ceil(bytes / 1e6))} MB`;
}
