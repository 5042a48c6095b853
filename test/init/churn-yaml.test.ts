import { expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { proposedConfig } from "../../src/lib/init/churn-yaml.ts";
import type { Proposal } from "../../src/lib/init/propose.ts";

const known = (value: string) => ({ value, remark: `of ${value}`, isQuestion: false });

test("names are YAML's whatever they are, and a remark stays in its line", () => {
  const proposal: Proposal = {
    id: { value: "no", remark: "two\nlines, and a # sign", isQuestion: false },
    date: { value: null, remark: "none", isQuestion: false },
    target: known('left: "us"'),
    positive: { value: "yes", remark: "", isQuestion: false },
    personal: ["first name", "e-mail", "null"],
    advice: [],
  };
  const text = proposedConfig("UTC", proposal, { url: "duckdb:it's.duckdb", table: "crm.my customers" });
  const { dataset, source } = configSchema.parse(parse(text));
  expect(dataset).toMatchObject({
    id: "no",
    date: null,
    target: { column: 'left: "us"', positive: "yes" },
    exclude: [],
  });
  expect(source).toEqual({ url: "duckdb:it's.duckdb", table: "crm.my customers" });
  expect(text).toContain("# two lines, and a # sign\n");
  expect(text).toContain('# may these leave the source? otherwise: ["first name", e-mail, "null"]\n');
});

test("a question says CHANGE, a fact doesn't", () => {
  const asked = { value: "CHANGE", remark: "which?", isQuestion: true };
  const proposal: Proposal = {
    id: known("id"),
    date: asked,
    target: { ...asked, remark: "which value?" },
    positive: { value: "CHANGE", remark: "", isQuestion: false },
    personal: [],
    advice: [],
  };
  const lines = proposedConfig("UTC", proposal, { url: "csv:c.csv", table: undefined }).split("\n");
  const about = lines.filter((line) => line.includes("# CHANGE")).map((line) => line.trim().replace(/ {2,}/g, " "));
  expect(about).toEqual([
    "date: CHANGE # CHANGE: which?",
    "target: { column: CHANGE, positive: CHANGE } # CHANGE: which value?",
  ]);
  expect(lines).toContain('source: { url: "csv:c.csv" }');
});
