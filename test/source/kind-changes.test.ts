import { expect, test } from "vitest";
import { changedKinds } from "../../src/lib/source/kind-changes.ts";
import type { EarlierColumn } from "../../src/lib/source/kinds.ts";

const dataset = { id: "id", date: "day", target: { column: "churned", positive: true }, exclude: [], types: {} };
const earlier = (name: string, kind: EarlierColumn["kind"]): EarlierColumn => ({
  name,
  type: kind === "categorical" ? "VARCHAR" : "BIGINT",
  kind,
  unused: null,
});

test("categories that are numbers in the source now are told by both kinds", () => {
  expect(changedKinds([{ name: "plan", type: "INTEGER" }], dataset, [earlier("plan", "categorical")])).toEqual([
    "plan was categorical, and is numeric in the source now (INTEGER): it stays categorical, as dataset.types: { plan: categorical } would say",
  ]);
});

test("nothing is told where nothing changed, somebody has said the kind, or the gate columns tells it", () => {
  const before = [earlier("plan", "categorical"), earlier("price", "numeric"), earlier("churned", "categorical")];
  expect(changedKinds([{ name: "plan", type: "VARCHAR" }], dataset, before)).toEqual([]);
  expect(changedKinds([{ name: "price", type: "DOUBLE" }], dataset, before)).toEqual([]);
  expect(changedKinds([{ name: "price", type: "VARCHAR" }], dataset, before)).toEqual([]);
  expect(changedKinds([{ name: "churned", type: "INTEGER" }], dataset, before)).toEqual([]);
  expect(changedKinds([{ name: "new", type: "INTEGER" }], dataset, before)).toEqual([]);
  expect(changedKinds([{ name: "plan", type: "INTEGER" }], dataset)).toEqual([]);
  const said = { ...dataset, types: { plan: "categorical" as const } };
  expect(changedKinds([{ name: "plan", type: "INTEGER" }], said, before)).toEqual([]);
});
