import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { statusFormat } from "../../src/lib/status/format.ts";
import { churn, lastDay } from "../support/churn.ts";
import { complaint, succeeds, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter(
  ["run-all", "--date", lastDay],
  ["promote", "--version", "1", "--yes", "--reason", "the first one"],
);

const inOneLine = (text: string) => text.replaceAll(/\s+/g, " ");

test("a registry that is gone is found by whoever looks, and no night fills it unasked", async ({ workspace }) => {
  await appendFile(join(workspace, "churn.yaml"), "\nwatchdog: { by: null, nights: null, disk: null }\n");
  expect(inOneLine((await churn(workspace, ["why", "--version", "1"])).stdout)).toContain(
    "(the first one) and is in production now",
  );
  await rm(join(workspace, "mlruns"), { recursive: true });

  const watched = await churn(workspace, ["watchdog"]);
  expect([watched.exitCode, inOneLine(watched.stdout)]).toEqual([
    5,
    expect.stringMatching(
      /^✖ version 1 was put into production on \d{4}-\d\d-\d\d, but the registry knows no version of churn-model next churn /,
    ),
  ]);
  const { stdout, stderr } = await succeeds(workspace, ["status"]);
  expect(stdout).toMatch(/^production +version 1 is gone /);
  expect(inOneLine(stderr)).toContain("but the registry knows no version of churn-model");
  const status = statusFormat.read(JSON.parse((await succeeds(workspace, ["status", "--json"])).stdout), "status");
  expect(status).toMatchObject({ production: null, lost: { version: 1 } });
  const doctor = await churn(workspace, ["doctor"]);
  expect(doctor.exitCode).toBe(2);
  expect(inOneLine(doctor.stdout)).toMatch(/✖ registry .*has no version 1 of churn-model/);

  // The first date has no earlier night that saw anything: the ledger has.
  const again = ["run-all", "--date", lastDay, "--again"];
  expect(complaint(await churn(workspace, again))).toMatchObject({
    exitCode: 2,
    error: expect.stringContaining("has no version 1 of churn-model, of which the ledger tells"),
  });

  // Emptied on purpose, it gives out the same number anew: nobody has promoted that one.
  await succeeds(workspace, ["run-all", "--date", lastDay, "--accept-empty-registry"]);
  const story = await succeeds(workspace, ["why", "--version", "1"]);
  expect(story.stdout).toContain(`Night of ${lastDay}.2: version 1 was registered`);
  expect(inOneLine(story.stdout)).toContain("Version 1 is not known to have been in production");
  expect(await churn(workspace, ["watchdog"])).toMatchObject({ exitCode: 0 });
});
