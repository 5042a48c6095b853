import type { ChalkInstance } from "chalk";
import type { Preview, PreviewedCustomer } from "../../prepare/preview.ts";
import { visible } from "./text.ts";

type Value = string | number | boolean | null;

/** A block a customer: its columns as the source has them, derived, and the one-hot columns that are 1. */
export function previewLines(
  preview: Preview,
  { chalk, columns }: { chalk: ChalkInstance; columns: number },
): string[] {
  const blocks = preview.customers.map((customer) => customerLines(customer, chalk, columns));
  return blocks.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

const KIND_WIDTH = "encoded".length;

function customerLines(customer: PreviewedCustomer, chalk: ChalkInstance, columns: number): string[] {
  const encoded = Object.entries(customer.encoded).filter(([, value]) => value !== 0);
  const parts: [string, [string, Value][]][] = [
    ["raw", Object.entries(customer.raw)],
    ["derived", Object.entries(customer.derived)],
    ["encoded", encoded],
  ];
  const names = parts.flatMap(([, entries]) => entries.map(([name]) => [...visible(name)].length));
  // Half of the line is left for the value, however long the names are.
  const width = Math.min(Math.max(0, ...names), Math.floor(columns / 2));
  const lines = parts.flatMap(([kind, entries]) =>
    entries.map(([name, value], index) => {
      const head = `  ${(index === 0 ? kind : "").padEnd(KIND_WIDTH)}   ${cut(visible(name), width).padEnd(width)}   `;
      const text = cut(valueText(value), columns - [...head].length);
      return `${chalk.dim(head.slice(0, KIND_WIDTH + 5))}${head.slice(KIND_WIDTH + 5)}${value === null ? chalk.dim(text) : text}`;
    }),
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
