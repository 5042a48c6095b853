import type { TrainingRequest } from "../../src/lib/engine/engine.ts";
import type { Customers } from "../../src/lib/matrix/customers.ts";
import type { Matrix } from "../../src/lib/matrix/matrix.ts";

/** A request's customers, who are also those that hist's bins are taken from. */
export function trainedOn(matrix: Matrix, label: Uint8Array): Pick<TrainingRequest, "customers" | "cuts"> {
  const customers = inMemory(matrix, label);
  return { customers, cuts: async () => customers };
}

/** Customers of typed arrays, in pieces of so many rows. */
export function inMemory({ featureNames, rowCount, columns }: Matrix, label: Uint8Array, pieceRows = 2_048): Customers {
  const infinite = featureNames.flatMap((name, index): [string, number][] => {
    const count = columns[index]?.filter((value) => Math.abs(value) === Number.POSITIVE_INFINITY).length ?? 0;
    return count === 0 ? [] : [[name, count]];
  });
  return {
    featureNames,
    rowCount,
    churned: label.filter((value) => value !== 0).length,
    infinite: new Map(infinite),
    async *chunks() {
      for (let row = 0; row < rowCount; row += pieceRows) {
        const end = Math.min(row + pieceRows, rowCount);
        yield {
          rowCount: end - row,
          columns: columns.map((column) => column.subarray(row, end)),
          label: Float32Array.from(label.subarray(row, end)),
        };
      }
    },
  };
}
