/** A map as YAML gives it. */
export type Tree = Readonly<Record<string, unknown>>;

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function hasPath(value: unknown, path: readonly PropertyKey[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  return isTree(value) && Object.hasOwn(value, first) && hasPath(value[String(first)], rest);
}

/** A copy with one value set; whatever was in its way and is no map gives way. */
export function withValue(tree: unknown, path: readonly string[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const map = isTree(tree) ? tree : {};
  return { ...map, [first]: withValue(Object.hasOwn(map, first) ? map[first] : undefined, rest, value) };
}

/** Whether one path leads to, or through, the other's place. */
export function isWithin(path: readonly PropertyKey[], ancestor: readonly PropertyKey[]): boolean {
  return ancestor.length <= path.length && ancestor.every((part, index) => String(part) === String(path[index]));
}
