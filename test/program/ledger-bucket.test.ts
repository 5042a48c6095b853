import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { nightsOf } from "../../src/lib/ledger/nights-of.ts";
import { readLedger } from "../../src/lib/ledger/read.ts";
import { statusFormat } from "../../src/lib/status/format.ts";
import { workspaceId } from "../../src/lib/store/id.ts";
import { pipeline } from "../../src/pipeline.ts";
import { bucketStore } from "../support/bucket-store.ts";
import { test as base, churn, dayBefore, lastDay } from "../support/churn.ts";
import { type FaultyS3, refusals, startFaultyS3 } from "../support/faulty-s3.ts";

const test = base.extend<{ server: FaultyS3; run: (root: string, ...words: string[]) => Promise<string> }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  server: async ({}, use) => {
    await using server = await startFaultyS3();
    await use(server);
  },
  run: async ({ server }, use) =>
    use(async (root, ...words) => {
      const ended = await churn(root, words, { ...server.env, CHURN_STORE: "s3://bucket/churn" });
      if (ended.exitCode !== 0) throw new Error(`churn ${words.join(" ")}: ${ended.stderr}`);
      return ended.stderr;
    }),
});

const copiesIn = (server: FaultyS3) =>
  [...server.objects("bucket").keys()].filter((key) => key.startsWith("churn/ledger/"));

/** How many there were; a slow machine renews its lease more often than once. */
function requestsAt(server: FaultyS3): number {
  const renewals = server.count({ method: "PUT", key: /lease\.json$/ }) - 2;
  return server.count() - Math.max(0, renewals);
}

/** A night's and a decided one's, as the README has them. */
async function requestsSaid(): Promise<readonly number[]> {
  const readme = await readFile("README.md", "utf8");
  const [, ...said] = /A night of the sample makes (\d+) requests, a decided one (\d+)/.exec(readme) ?? [];
  return said.map(Number);
}

/** As another machine's reader has it, which runs nothing. */
async function readAt(server: FaultyS3, root: string, nights = 10) {
  const store = await bucketStore(server, root);
  const archive = { store, workspaceId: (await workspaceId(store)) ?? "", stages: pipeline, redact: String };
  return await readLedger({ ...archive, root }, { nights });
}

describe("a store in a bucket", () => {
  test("has what each run told, once, and another machine tells the same nights by it", async ({
    workspace,
    server,
    run,
  }) => {
    await run(workspace, "run-all", "--date", dayBefore);
    await run(workspace, "promote", "--version", "1", "--yes");
    server.forget();
    await run(workspace, "run-all", "--date", lastDay);
    const night = requestsAt(server);
    const written = server.seen.filter(({ method, key }) => method === "PUT" && key.startsWith("churn/ledger/"));
    expect(written, "one for the run").toHaveLength(1);
    server.forget();
    await run(workspace, "run-all", "--date", lastDay);
    expect([night, requestsAt(server)]).toEqual(await requestsSaid());

    const copies = copiesIn(server);
    expect(copies, "two runs and a promotion").toHaveLength(3);
    const own = await readAt(server, workspace);
    expect(own).toMatchObject({ damaged: [], newer: [] });
    const second = `${workspace}-second`;
    await mkdir(second);
    await cp(join(workspace, "churn.yaml"), join(second, "churn.yaml"));
    server.forget();
    const others = await readAt(server, second);
    const shared = own.events.filter((event) => event.run !== null);
    expect(others.events).toEqual(shared);
    expect(nightsOf(others.events)).toMatchObject([
      { night: lastDay, outcome: "registered", version: 2, production: { version: 1 } },
      { night: dayBefore, outcome: "first_model", version: 1 },
    ]);
    expect(others.events).toContainEqual(expect.objectContaining({ event: "promoted", version: 1 }));
    expect(server.count({ method: "LIST", key: /^churn\/ledger\// }), "all of them at once").toBe(1);
    await rm(second, { recursive: true });
  });

  test("that fails at the end of a run costs it nothing; the records tell of it, until there is more", async ({
    workspace,
    server,
    run,
  }) => {
    server.put(refusals.denied, { method: "PUT", key: /^churn\/ledger\//, times: 1 });
    const said = await run(workspace, "run-all", "--date", lastDay);
    expect(said).toMatch(/warning {2}s3:\/\/bucket\/churn has no ledger\/\S+\.jsonl yet: /);
    expect(copiesIn(server)).toEqual([]);
    const second = `${workspace}-second`;
    await mkdir(second);
    expect(nightsOf((await readAt(server, second)).events)).toMatchObject([
      { night: lastDay, outcome: "first_model", version: 1, started_by: null, f1: expect.any(Number) },
    ]);
    await run(workspace, "run-all", "--date", lastDay);
    expect(copiesIn(server), "the next start puts it there").toHaveLength(1);
    expect(nightsOf((await readAt(server, second)).events)).toMatchObject([{ night: lastDay, started_by: "other" }]);
    await rm(second, { recursive: true });
  });

  test("that is down keeps status from nothing that the workspace's own ledger knows", async ({
    workspace,
    server,
    run,
  }) => {
    await run(workspace, "run-all", "--date", lastDay);
    server.put(refusals.unavailable, { times: Number.POSITIVE_INFINITY });
    const env = { ...server.env, CHURN_STORE: "s3://bucket/churn" };
    const { exitCode, stdout } = await churn(workspace, ["status", "--json"], env);
    expect(exitCode).toBe(0);
    expect(statusFormat.schema.loose().parse(JSON.parse(stdout))).toMatchObject({
      nights: expect.arrayContaining([expect.objectContaining({ night: lastDay, outcome: "first_model", version: 1 })]),
      last_success: { night: lastDay },
      problems: [expect.stringMatching(/^what s3:\/\/bucket\/churn knows is missing here: /)],
    });
  });
});
