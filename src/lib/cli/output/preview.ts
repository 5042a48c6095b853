import type { ChalkInstance } from "chalk";
import type { Preview, PreviewedCustomer } from "../../prepare/preview.ts";
import { visible } from "../visible.ts";
import { tabulate } from "./table.ts";

type Value = string | number | boolean | null;

/** A block a customer: its columns as the source has them, derived, and the one-hot columns that are 1. */
export function previewLines(
  preview: Pick<Preview, "customers">,
  { chalk, columns }: { chalk: ChalkInstance; columns: number },
): string[] {
  const blocks = preview.customers.map((customer) => customerLines(customer, chalk, columns));
  return blocks.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

const INDENT = 2;
const GAP = 3;
const KIND_WIDTH = "encoded".length;

function customerLines(customer: PreviewedCustomer, chalk: ChalkInstance, columns: number): string[] {
  const parts: [kind: string, values: Readonly<Record<string, Value>>][] = [
    ["raw", customer.raw],
    ["derived", customer.derived],
    ["encoded", Object.fromEntries(Object.entries(customer.encoded).filter(([, value]) => value !== 0))],
  ];
  const rows = parts.flatMap(([kind, values]) =>
    Object.entries(values).map(([name, value], index) => ({
      kind: index === 0 ? kind : "",
      name: visible(name),
      value,
    })),
  );
  // Half of the line is left for the value, however long the names are.
  const nameWidth = Math.min(Math.max(0, ...rows.map(({ name }) => [...name].length)), Math.floor(columns / 2));
  const valueWidth = columns - INDENT - KIND_WIDTH - GAP - nameWidth - GAP;
  const { lines } = tabulate(
    rows,
    [
      { cell: ({ kind }) => kind, minWidth: KIND_WIDTH, paint: (cell) => chalk.dim(cell) },
      { cell: ({ name }) => cut(name, nameWidth) },
      {
        cell: ({ value }) => cut(valueText(value), valueWidth),
        paint: (cell, { value }) => (value === null ? chalk.dim(cell) : cell),
      },
    ],
    { gap: GAP, indent: INDENT },
  );
  return [`${chalk.bold(visible(String(customer.id)))}   ${customer.side} side`, ...lines];
}

function valueText(value: Value): string {
  // An empty text and one with blanks at its ends would look like nothing.
  if (typeof value === "string" && (value === "" || value.trim() !== value)) return JSON.stringify(value);
  return visible(String(value));
}

function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length > width ? `${letters.slice(0, Math.max(1, width - 1)).join("")}…` : text;
}
