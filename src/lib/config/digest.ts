import { isTree, type Tree } from "./tree.ts";

/** JSON with sorted keys and nothing undefined: equal values give equal texts, whatever order their keys came in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (isTree(part) ? sorted(part) : part)) ?? "null";
}

/** The dotted paths at which two configurations differ, sorted; a list counts as one value. */
export function changedKeys(before: unknown, now: unknown): string[] {
  return differences(before, now, "").sort();
}

function differences(before: unknown, now: unknown, path: string): string[] {
  if (isTree(before) && isTree(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) => differences(before[key], now[key], path === "" ? key : `${path}.${key}`));
  }
  // Absent and null are different texts in a digest.
  const same = (before === undefined) === (now === undefined) && canonicalJson(before) === canonicalJson(now);
  return same ? [] : [path];
}

function sorted(map: Tree): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
