import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { ConfigKey } from "./keys.ts";
import { isTree } from "./tree.ts";

/** A key's value as one would write it: a gate of its usual severity is its limit alone. */
export function writtenForm({ schema }: ConfigKey, value: unknown): unknown {
  if (!isTree(value)) return value;
  const means = (form: unknown) => {
    const parsed = z.safeParse(schema, form);
    return parsed.success && isDeepStrictEqual(parsed.data, value);
  };
  return Object.values(value).find(means) ?? value;
}
