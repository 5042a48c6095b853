import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { digests, lastDay, mayDiffer } from "../../support/churn.ts";
import { succeeds, workspaceAfter } from "../../support/mistake.ts";

const test = workspaceAfter(["run-all", "--date", lastDay]);

/** To DuckDB each of these is a pattern, a column or a URL; none is more than a folder's name. */
const ODD = ["contract_type=gold/c[12]", "env=prod/what?/a*b", "it's 50% {uuid} $date #1 ü/back\\slash"];

/** What init leaves. */
const FILES = ["churn.yaml", "customers.duckdb", ".env.example", ".gitignore", "Makefile"];

test.for(ODD)(
  "a workspace in %s makes the same of the same customers, whatever its neighbours hold",
  async (name, { prepared, folder }) => {
    const workspace = join(folder, name);
    const neighbour = join(folder, name.replace("[12]", "1").replace("?", "!").replace("*", "x"));
    for (const place of new Set([workspace, neighbour])) {
      await mkdir(place, { recursive: true });
      for (const file of FILES) await copyFile(join(prepared, file), join(place, file));
    }
    if (neighbour !== workspace) await succeeds(neighbour, ["run-all", "--date", lastDay, "--set", "split.salt=other"]);
    await succeeds(workspace, ["run-all", "--date", lastDay]);
    expect(await digests(workspace, mayDiffer)).toEqual(await digests(prepared, mayDiffer));
    const rows = JSON.parse((await succeeds(workspace, ["preview", "--rows", "1", "--json"])).stdout);
    expect(rows).toEqual(JSON.parse((await succeeds(prepared, ["preview", "--rows", "1", "--json"])).stdout));
  },
);
