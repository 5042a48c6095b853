import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { type ConfigEntry, configLines } from "../../../src/lib/cli/output/config.ts";

const plain = new Chalk({ level: 0 });
const entry = (name: string, value: unknown, where = "default"): ConfigEntry => ({
  path: name.split("."),
  value,
  isDefault: where === "default",
  where,
});

test("a section's keys stand under its name, a key without a section by itself", () => {
  expect(
    configLines(plain, [
      entry("timezone", "Europe/Berlin", "churn.yaml line 2"),
      entry("train.rounds", 100),
      entry("train.params.max_depth", 5),
      entry("store", "."),
    ]),
  ).toEqual([
    `timezone            Europe/Berlin${" ".repeat(26)}  churn.yaml line 2`,
    "train",
    `  rounds            100${" ".repeat(36)}  default`,
    `  params.max_depth  5${" ".repeat(38)}  default`,
    `store               .${" ".repeat(38)}  default`,
  ]);
});

test("a value has the room between keys and places; a longer one stands below, broken at blanks", () => {
  const room = "v".repeat(56);
  expect(configLines(plain, [entry("a", room), entry("b", `${room}v`)])).toEqual([
    `a  ${room}  default`,
    `b  ${" ".repeat(56)}  default`,
    `      ${room}v`,
  ]);
  const words = "w".repeat(40);
  expect(configLines(plain, [entry("a", `${words} ${words} ${"x".repeat(75)}`)])).toEqual([
    `a  ${" ".repeat(56)}  default`,
    `      ${words}`,
    `      ${words}`,
    `      ${"x".repeat(74)}`,
    "      x",
  ]);
});

test("a line of 74 columns is not broken, and a blank may stand right behind it", () => {
  const line = "w".repeat(74);
  expect(configLines(plain, [entry("a", line)]).slice(1)).toEqual([`      ${line}`]);
  expect(configLines(plain, [entry("a", `${line} v`)]).slice(1)).toEqual([`      ${line}`, "      v"]);
});

test("a place that is longer than a line of churn.yaml ends a line of its own", () => {
  expect(configLines(plain, [entry("a", 1, "churn.yaml line 1400")])).toEqual([
    "a  1",
    `${" ".repeat(60)}churn.yaml line 1400`,
  ]);
  expect(configLines(plain, [entry("a", 1, "churn.yaml line 140")])).toEqual([
    `a  1${" ".repeat(55)}  churn.yaml line 140`,
  ]);
});

test("however long the keys are, values have 16 columns", () => {
  const key = "k".repeat(60);
  expect(configLines(plain, [entry(key, "v".repeat(16))])).toEqual([`${key}  ${"v".repeat(16)}  default`]);
  expect(configLines(plain, [entry(key, "v".repeat(17))])).toHaveLength(2);
});

test("a default is dim in all its lines, a section bold", () => {
  const colour = new Chalk({ level: 1 });
  expect(
    configLines(colour, [entry("train.rounds", "v".repeat(70)), entry("train.engine", "auto", "--set x")]),
  ).toEqual([
    colour.bold("train"),
    colour.dim(`  rounds${" ".repeat(51)}  default`),
    colour.dim(`      ${"v".repeat(70)}`),
    `  engine  auto${" ".repeat(45)}  --set x`,
  ]);
});

test("values are written as YAML takes them back", () => {
  const values = [
    null,
    true,
    0.5,
    "plain text",
    "",
    "12",
    "true",
    "a: b",
    "a #b",
    "- a",
    "{date}",
    [],
    ["a", "b, c"],
    {},
  ];
  const shown = configLines(
    plain,
    [...values, { min: 0, of: { a: "1" } }].map((value) => entry("key", value)),
  );
  expect(shown.map((line) => line.slice(5, 5 + 30).trimEnd())).toEqual([
    "null",
    "true",
    "0.5",
    "plain text",
    '""',
    '"12"',
    '"true"',
    '"a: b"',
    '"a #b"',
    '"- a"',
    '"{date}"',
    "[]",
    '[a, "b, c"]',
    "{}",
    '{ min: 0, of: { a: "1" } }',
  ]);
});
