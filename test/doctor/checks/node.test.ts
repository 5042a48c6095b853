import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { nodeFinding } from "../../../src/lib/doctor/checks/node.ts";
import { OLDEST_NODE } from "../../../src/lib/workspace/versions.ts";
import { test } from "../../support/folder.ts";

const NOW = process.versions.node;
const NODE = process.execPath;

/** A PATH with a program in it that is called node. */
async function pathWith(folder: string, script: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "node"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return bin;
}

test("a Node that churn runs on, which PATH has too, is all that is said", async ({ folder }) => {
  await symlink(NODE, join(folder, "node"));
  expect(await nodeFinding(NOW, NODE, folder)).toEqual({ state: "ok", text: NOW });
  expect(await nodeFinding(OLDEST_NODE, NODE, folder)).toEqual({ state: "ok", text: OLDEST_NODE });
});

test("an older one is a problem", async ({ folder }) => {
  expect(await nodeFinding("20.18.0", "/opt/node", folder)).toEqual({
    state: "problem",
    exitCode: 2,
    text: `20.18.0, and churn needs ${OLDEST_NODE} or newer`,
    next: ["install a newer Node; this one is /opt/node"],
  });
});

describe("in a PATH", () => {
  test("without a node, as cron's may be, this one has to be named", async ({ folder }) => {
    expect(await nodeFinding(NOW, NODE, folder)).toEqual({
      state: "ok",
      text: `${NOW}, ${NODE}; PATH (${folder}) has none: a crontab's line names this one`,
    });
  });

  test("another one that churn runs on is named", async ({ folder }) => {
    const path = await pathWith(folder, "echo v22.1.0");
    expect(await nodeFinding(NOW, NODE, path)).toEqual({
      state: "ok",
      text: `${NOW}, ${NODE}; PATH has another one, ${path}/node, 22.1.0`,
    });
  });

  test.for([
    ["echo v18.19.0", `, 18.19.0, older than ${OLDEST_NODE}`],
    ["echo '\u001b[2Jv22.1.0'", ", that doesn't say its version"],
    ["exit 3", ", that doesn't say its version"],
  ] as const)("one of which nothing good is known is a warning: %s", async ([script, said], { folder }) => {
    const path = await pathWith(folder, script);
    expect(await nodeFinding(NOW, NODE, path)).toEqual({
      state: "warning",
      text: `${NOW}, ${NODE}; PATH has another one, ${path}/node${said}`,
      next: [`name ${NODE} before churn's path where cron or a script starts it`],
    });
  });
});
