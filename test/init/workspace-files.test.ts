import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { makefile } from "../../src/lib/init/workspace-files.ts";

test("make asks for the time once, and every stage has the same", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn-make-"));
  try {
    await writeFile(join(folder, "Makefile"), makefile);
    // A clock that goes on by a day each time that somebody looks.
    await writeFile(join(folder, "date"), '#!/bin/sh\necho >> "$0.asked"\nexpr $(wc -l < "$0.asked") \\* 86400\n');
    await writeFile(join(folder, "churn"), '#!/bin/sh\necho "$* at $CHURN_NOW"\n');
    for (const program of ["date", "churn"]) await chmod(join(folder, program), 0o755);
    const env = { PATH: `${folder}:${process.env.PATH}` };
    const { stdout } = await execa("make", ["-s", "transform"], { cwd: folder, env });
    expect(stdout.split("\n")).toEqual(
      ["extract", "validate", "transform"].map((stage) => `${stage} --date today at 86400`),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
