import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { tracking } from "../../../src/lib/doctor/checks/tracking.ts";
import { foundBy, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";
import { type Behaviour, oddServer } from "../../support/odd-server.ts";

const experiment = { experiment: { experiment_id: "7", lifecycle_stage: "active" } };

/** An MLflow that lets everybody read, and answers a change so. */
const mlflow = (change: Behaviour) =>
  oddServer(({ target }) => {
    if (target.includes("set-experiment-tag")) return change;
    return { body: target.includes("get-by-name") ? experiment : { experiments: [] } };
  });

test("a folder takes files, and is not made for that", async ({ folder }) => {
  await writeWorkspace(folder);
  const before = await readdir(folder);
  expect(await foundBy(tracking, folder)).toEqual([
    { state: "ok", text: `${folder}/mlruns, a folder, experiment churn` },
  ]);
  expect(await readdir(folder)).toEqual(before);
});

test("a server lets us in and write, and nothing is made there", async ({ folder }) => {
  await writeWorkspace(folder);
  await using server = await mlflow({ status: 400, body: { error_code: "INVALID_PARAMETER_VALUE", message: "" } });
  expect(await foundBy(tracking, folder, { set: [`tracking.uri=${server.url}`, "tracking.experiment=mine"] })).toEqual([
    { state: "ok", text: `${server.url}, experiment mine` },
  ]);
  const changes = server.seen.filter(({ method }) => method !== "GET");
  expect(changes.map(({ target, body }) => [target, body])).toEqual([
    ["/api/2.0/mlflow/experiments/set-experiment-tag", '{"experiment_id":"7"}'],
  ]);
});

describe("a problem of train is", () => {
  const problem = (exitCode: number, text: string) =>
    expect.objectContaining({ state: "problem", stage: "train", exitCode, text: expect.stringContaining(text) });

  test("a server that isn't there, doesn't let us in, or lets us read alone", async ({ folder }) => {
    await writeWorkspace(folder);
    const found = (url: string) => foundBy(tracking, folder, { set: [`tracking.uri=${url}`] });
    expect(await found("http://127.0.0.1:1")).toEqual([problem(5, "nothing listens there")]);
    await using strict = await oddServer(() => ({ status: 401 }));
    expect(await found(strict.url)).toEqual([problem(2, "wants credentials (401)")]);
    await using reading = await mlflow({ status: 403 });
    expect(await found(reading.url)).toEqual([
      problem(2, "lets this user read the experiment churn, and write nothing there"),
    ]);
  });

  test("a file where its folder belongs", async ({ folder }) => {
    await writeWorkspace(folder);
    await writeFile(join(folder, "file"), "");
    expect(await foundBy(tracking, folder, { set: ["tracking.uri=file"] })).toEqual([problem(2, "tracking.uri")]);
    expect(await foundBy(tracking, folder, { set: ["tracking.uri=file/below"] })).toEqual([
      problem(5, "a file stands where a folder belongs"),
    ]);
  });
});

test("a server that is slow is a warning, and so is no answer in the time that there is", async ({ folder }) => {
  await writeWorkspace(folder);
  await using slow = await oddServer(() => () => {});
  expect(await foundBy(tracking, folder, { set: [`tracking.uri=${slow.url}`], seconds: 3 })).toEqual([
    {
      state: "warning",
      text: `asking MLflow at ${slow.url} for the experiment churn takes longer than 3 s`,
      next: ["churn doctor --timeout 60s waits longer"],
    },
  ]);
});
