import * as z from "zod";

/** As DuckDB writes sizes: 1GB, 512 MB, 1.5GiB. */
const SIZE = /^(\d+(?:\.\d+)?) ?([KMGT])(i?)B$/i;

/** A size in bytes as churn.yaml writes it, above 0. */
export const byteSize = z
  .string()
  .regex(SIZE, { error: "a size, such as 1GB", abort: true })
  .refine((size) => Number.parseFloat(size) > 0, "a size above 0");

/** The bytes of a size: 1GB is 1000³, 1GiB 1024³. */
export function bytesOf(size: string): number {
  const [, number = "0", unit = "", binary = ""] = SIZE.exec(size) ?? [];
  return Number(number) * (binary === "" ? 1000 : 1024) ** ("KMGT".indexOf(unit.toUpperCase()) + 1);
}
