import { isTree } from "./tree.ts";

/** The path of the first name or text with a zero byte, which YAML can write and no file's name, SQL or model can hold. */
export function zeroByteIn(value: unknown, path: readonly PropertyKey[] = []): readonly PropertyKey[] | undefined {
  if (typeof value === "string") return value.includes("\0") ? path : undefined;
  const parts: Iterable<[PropertyKey, unknown]> = Array.isArray(value)
    ? value.entries()
    : isTree(value)
      ? Object.entries(value)
      : [];
  for (const [key, part] of parts) {
    const own = [...path, key];
    const found = typeof key === "string" && key.includes("\0") ? own : zeroByteIn(part, own);
    if (found !== undefined) return found;
  }
  return undefined;
}
