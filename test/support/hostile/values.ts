import type { Dice } from "./dice.ts";

/** A line that a message of churn's own may have. No hostile name may put it into one. */
export const FORGED = "churn promote --version 666";

const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);

/** Values that nobody expects in a place. */
const VALUES: readonly unknown[] = [
  null,
  true,
  "",
  "NaN",
  "-1",
  "1e999",
  -1,
  0.1 + 0.2,
  1e308,
  5e-324,
  2 ** 53,
  -(2 ** 31),
  [],
  {},
  [[]],
  nested(200),
  "\0",
  "__proto__",
  "constructor",
  "x".repeat(100_000),
  `x\x1b]0;pwned\x07\x1b[2J\n${FORGED}\n@here`,
  `\u202e\u2066\u200b${FORGED}\u2028`,
  "'); COPY (SELECT 1) TO 'written.csv'; --",
  "levenshtein(repeat('a', 100000), repeat('b', 100000))",
  "sum(1) OVER ()",
  "(SELECT count(*) FROM range(1000000000))",
  "random()",
];

export function hostileValue(dice: Dice, others: string): unknown {
  const outside = [
    `${others}/secret.txt`,
    `file://${others}/model`,
    `../../../../../../${others}/x`,
    `read_text('${others}/secret.txt')`,
    `(SELECT content FROM read_text('${others}/secret.txt'))`,
  ];
  return dice.one([...VALUES, ...outside]);
}

/** The same as the name of something. */
export function hostileText(dice: Dice, others: string): string {
  const value = hostileValue(dice, others);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A JSON value in which one place, whichever, is another: its value, its name, how often it is there, or whether. */
export function harmedJson(json: unknown, dice: Dice, others: string): unknown {
  if (typeof json !== "object" || json === null || dice.happens(0.08)) return hostileValue(dice, others);
  if (Array.isArray(json)) {
    const list: unknown[] = [...json];
    const at = dice.below(list.length);
    const way = dice.below(8);
    if (list.length === 0 || way === 0) return [...list, hostileValue(dice, others)];
    if (way === 1) return list.filter((_, index) => index !== at);
    if (way === 2) return list.flatMap((item, index) => (index === at ? Array<unknown>(1000).fill(item) : [item]));
    list[at] = harmedJson(list[at], dice, others);
    return list;
  }
  const entries = Object.entries(json);
  const at = dice.below(entries.length);
  const way = dice.below(10);
  const [name = "", value] = entries[at] ?? [];
  if (entries.length === 0 || way === 0) entries.push([hostileText(dice, others), hostileValue(dice, others)]);
  else if (way === 1) entries.splice(at, 1);
  else if (way === 2) entries[at] = [hostileText(dice, others), value];
  else entries[at] = [name, harmedJson(value, dice, others)];
  // Unlike an object that is written down, this one may have a __proto__ of its own.
  return Object.fromEntries(entries);
}
