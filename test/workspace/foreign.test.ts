import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { ServiceError, UsageError } from "../../src/lib/errors.ts";
import { networkFailure } from "../../src/lib/http/network-failure.ts";
import { errorSites } from "../support/error-sites.ts";

const database = new Error("Conversion Error: Could not convert string 'Müller' to INT32");

describe("an error's foreign words", () => {
  test("are those that its cause has too", () => {
    const error = new UsageError(`source.query: ${database.message}, says DuckDB`, "mend it", { cause: database });
    expect(error.foreign).toEqual(["Conversion Error: Could not convert string 'Müller' to INT32"]);
  });

  test("are single ones that may be an id, and no names of types and files", () => {
    const cause = new Error('IO Error: "customers.csv": INTEGER 7590-VHVEG in line 17 of Müller');
    const error = new UsageError("customers.csv, line 17: 7590-VHVEG is no INTEGER for Müller", undefined, { cause });
    expect(error.foreign).toEqual(["7590-VHVEG", "Müller"]);
  });

  test("are a whole line of its cause, however short it is", () => {
    const cause = new Error("47110815\nCONTEXT: a function");
    expect(new ServiceError("it can't be read: 47110815 (P0001)", undefined, { cause }).foreign).toEqual(["47110815"]);
  });

  test("stay foreign when an error is said again, in other words", () => {
    const first = new UsageError(`source.url: ${database.message}`, undefined, {
      cause: database,
      details: ["no customer 7"],
    });
    const options = { cause: first, details: [...first.details, "another line"] };
    const again = new ServiceError(first.message.replace("source.url", "what bq gives"), undefined, options);
    expect(again.foreign).toEqual([...first.foreign, "another line"]);
  });

  test("are all details, unless whoever makes the error says otherwise", () => {
    expect(new ServiceError("it failed", undefined, { details: ["a", "b"] }).foreign).toEqual(["a", "b"]);
    const own = new ServiceError("it failed", undefined, { details: ["a", "b"], foreign: [] });
    expect(own.foreign).toEqual([]);
    expect(new ServiceError("again", undefined, { cause: own, details: own.details }).foreign).toEqual([]);
  });

  test("are found through causes of causes", () => {
    const cause = new Error("outer", { cause: new AggregateError([database], "all of them failed at once") });
    expect(new UsageError(`x: ${database.message}`, undefined, { cause }).foreign).toEqual([database.message]);
  });

  test("are none of the system's, which name a file", () => {
    const cause = Object.assign(new Error("EACCES: permission denied, open '/srv/a b/c.csv'"), { syscall: "open" });
    expect(new ServiceError("/srv/a b/c.csv: permission denied, open it", undefined, { cause }).foreign).toEqual([]);
  });

  test("are of the network's only what churn has no words for", () => {
    const refused = networkFailure(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), undefined);
    expect(new ServiceError(`no way: ${refused.message}`, undefined, { cause: refused }).foreign).toEqual([]);
    const odd = networkFailure(new Error("odd words of Müller here"), undefined);
    expect(new ServiceError(`no way: ${odd.message}`, undefined, { cause: odd }).foreign).toEqual([
      "odd words of Müller here",
    ]);
  });

  test("of a cause without end are found in the time that there is", () => {
    const cause = new Error("a b ".repeat(200_000));
    const start = performance.now();
    expect(new UsageError(`it failed: ${"a b ".repeat(400)}`, undefined, { cause }).foreign).toHaveLength(1);
    expect(new UsageError("a b ".repeat(100_000), undefined, { cause }).foreign).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

/** What a sentence puts in that another program may have said. */
const FOREIGN_PART =
  /\$\{[^}]*(?:\b(?:words|said|lastLine|firstLine|withoutValues|withoutQuoted)\b|\b(?:error|cause|failure|network|reason)\.message)/;
/** What is said there is churn's own: an earlier error's sentence about gates, MLflow's refusal with the server's words for no customer. */
const OWN = ["stage/run.ts", "source/parquet-types.ts", "tracking/rest/answers.ts", "s3/errors.ts"];

test("whoever quotes a foreign error names it as the cause, by which its words are known as foreign", async () => {
  const quoting = (await errorSites(resolve("src"))).filter(({ given }) => FOREIGN_PART.test(given.join(" ")));
  expect(quoting.length).toBeGreaterThan(15);
  const silent = quoting.filter(({ given }) => !/\bcause\b|\boptions\b|\bforeign\b/.test(given.slice(1).join(" ")));
  expect(
    silent.map(({ file, line }) => `${file}:${line}`).filter((place) => !OWN.includes(place.split(":")[0] ?? "")),
  ).toEqual([]);
});
