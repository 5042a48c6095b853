import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { webhookBody } from "../../../src/lib/notify/webhook/payload.ts";
import { words } from "../../../src/lib/notify/words.ts";
import { VERSIONS } from "../../../src/lib/workspace/versions.ts";
import { failedLetter, letters } from "../../support/letters.ts";

const published = z
  .record(z.string(), z.json())
  .parse(JSON.parse(await readFile("docs/schemas/webhook.2.schema.json", "utf8")));
const schema = z.fromJSONSchema(published);

test("a payload says its version, its kind, the letter's facts and their text", () => {
  const { message, ...rest } = failedLetter;
  expect(JSON.parse(webhookBody(failedLetter))).toEqual({
    schema_version: 2,
    churn_version: VERSIONS.churn,
    kind: "failed",
    message,
    ...rest,
    text: `❌ Churn training failed at validate, night of 2026-11-23
1 of 13 quality gates failed on raw/2026-11-23/customers.parquet
row_count   992   at least 1,000   failed
/srv/churn on ml-1
Next: look at the source
Failing since the night of 2026-11-21, for 3 nights
The night of 2026-11-22 was not told: its message was lost.
${[...failedLetter.next, words(failedLetter).origin].join("\n")}`,
  });
});

test("whatever is told is as the published schema says", () => {
  fc.assert(
    fc.property(letters, (letter) => {
      expect(schema.safeParse(JSON.parse(webhookBody(letter))).error).toBeUndefined();
    }),
  );
});

test("the published schema takes nothing else", () => {
  const value = z.record(z.string(), z.json()).parse(JSON.parse(webhookBody(failedLetter)));
  for (const name of Object.keys(value)) {
    const { [name]: _, ...rest } = value;
    expect(schema.safeParse(rest).success, `without ${name}`).toBe(false);
  }
  expect(schema.safeParse({ ...value, kind: "nothing" }).success).toBe(false);
  expect(schema.safeParse({ ...value, more: 1 }).success).toBe(false);
});
