import type { TrainingRequest } from "../../src/lib/engine/engine.ts";
import { trainedOn } from "./in-memory.ts";

/** Customers whom a feature tells apart whose values have a sum beyond float32: a fifth of them has none. */
export function hugeValues(): Pick<TrainingRequest, "customers" | "cuts"> {
  const label = Uint8Array.from({ length: 200 }, (_, row) => row % 2);
  const column = Float32Array.from(label, (churned, row) => (row % 5 === 0 ? Number.NaN : churned ? 3e38 : 2.5e38));
  return trainedOn({ featureNames: ["huge"], rowCount: label.length, columns: [column] }, label);
}
