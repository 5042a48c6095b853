import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { waitingFor } from "../../../src/lib/cli/output/waiting.ts";
import { bucketStore } from "../../support/bucket-store.ts";
import { startFaultyS3 } from "../../support/faulty-s3.ts";
import { test } from "../../support/folder.ts";
import { quietTerminal } from "../../support/quiet-terminal.ts";

const SENTENCE = /^waiting {1,2}to see whether run-all of 2026-11-23, process \d+ on .+, since \S+Z lives$/;

test.for([true, false])(
  "whoever waits for another machine says so; a terminal redraws it: %s",
  async (interactive, { folder }) => {
    await using server = await startFaultyS3();
    const [mine, other] = [join(folder, "mine"), join(folder, "other")];
    for (const root of [mine, other]) await mkdir(root);
    const dead = await bucketStore(server, other, { lease: "1s" });
    await dead.begin("run-all of 2026-11-23");
    await dead.write("raw/2026-11-23/a.json", "{}");
    const lease = server.objects("bucket").get("churn/lease.json") ?? Buffer.alloc(0);
    await dead.end();
    // As a run leaves it that is killed.
    server.objects("bucket").set("churn/lease.json", lease);

    const { terminal, said } = quietTerminal();
    const drawn: (string | undefined)[] = [];
    const status = (line: string | undefined) => void drawn.push(line);
    const store = await bucketStore(server, mine, { lease: "1s" });
    await store.begin("gc", waitingFor({ ...terminal, status, interactive }));
    await store.end();
    expect(said).toEqual(interactive ? [] : [expect.stringMatching(SENTENCE)]);
    // It looks several times.
    expect(drawn.length > 1).toBe(interactive);
    for (const line of drawn) expect(line).toMatch(SENTENCE);
  },
);
