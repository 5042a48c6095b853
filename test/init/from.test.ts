import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { lookAt, questionsOf } from "../../src/lib/init/from.ts";
import { test } from "../support/source-folder.ts";

test("a file is looked at by itself, whatever table is named", async ({ root }) => {
  await writeFile(join(root, "c.csv"), "id,churned\n1,true\n2,false\n");
  const found = await lookAt({ from: "csv:c.csv", table: "customers", root, env: {}, today: "2026-11-23" });
  expect(found).toMatchObject({ url: "csv:c.csv", table: undefined, proposal: { id: { value: "id" } } });
  expect(questionsOf(found.proposal)).toEqual([]);
  const fromHome = await lookAt({
    from: "csv:~/c.csv",
    table: undefined,
    root,
    env: { HOME: root },
    today: "2026-11-23",
  });
  expect(fromHome.url).toBe("csv:~/c.csv");
});

test("a password is refused before anything is opened, and not shown", async ({ root }) => {
  for (const password of ["hunter2", "a/hunter2", "a?hunter2"]) {
    const from = `postgres://reader:${password}@db/shop`;
    const looking = lookAt({ from, table: "customers", root, env: {}, today: "2026-11-23" });
    await expect(looking).rejects.toMatchObject({
      exitCode: 2,
      message: "--from: source.url has a secret in it, which doesn't belong on a command line",
    });
  }
});
