import { isTree, type Tree } from "./tree.ts";

/** JSON with sorted keys and nothing undefined: equal values give equal texts, whatever order their keys came in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isTree(part) ? sorted(part) : part)) ?? "null";
}

/**
 * The dotted paths at which two configurations differ, sorted; a list counts as one value.
 *
 * @param isHidden  whether nobody can tell what a value was: it then counts as any other
 */
export function changedKeys(before: unknown, now: unknown, isHidden = (_: unknown) => false): string[] {
  return differences(before, now, "", isHidden).sort();
}

function differences(before: unknown, now: unknown, path: string, isHidden: (value: unknown) => boolean): string[] {
  if (isTree(before) && isTree(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differences(before[key], now[key], path === "" ? key : `${path}.${key}`, isHidden),
    );
  }
  // Absent and null are different texts in a digest.
  const same = (before === undefined) === (now === undefined) && canonicalJson(before) === canonicalJson(now);
  return same || isHidden(before) || isHidden(now) ? [] : [path];
}

function sorted(map: Tree): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
