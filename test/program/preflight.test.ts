import { mkdir, mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect } from "vitest";
import { fileSize } from "../../src/lib/cli/numbers.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { churn, cronEnv, lastDay, program } from "../support/churn.ts";
import { workspaceAfter } from "../support/mistake.ts";
import { oddServer } from "../support/odd-server.ts";

const test = workspaceAfter();
const tonight = ["run-all", "--date", lastDay];

describe("before a night the channels are asked whether its message would arrive", () => {
  const channels = ["--set", "notify={channels: [terminal, slack, webhook], deadline: 1s}"];

  test("those that are closed are named below the line of the stage at work, and the night goes on", async ({
    workspace,
  }) => {
    await using receiver = await oddServer(({ method }) => ({ status: method === "HEAD" ? 404 : 200 }));
    const env = { NOTIFY_WEBHOOK_URL: `${receiver.url}/hooks/geheim`, NOTIFY_WEBHOOK_SECRET: "a-secret-of-ours" };
    const ended = await churn(workspace, [...tonight, ...channels], env);
    // All is done, and slack was not told.
    expect(ended.exitCode, ended.stderr).toBe(5);
    expect(ended.stderr).toMatch(/✔ notify/);
    const warning =
      "    ! slack: tonight's message may not arrive: neither SLACK_BOT_TOKEN nor SLACK_WEBHOOK_URL is set";
    expect(ended.stderr).toContain(warning);
    expect(ended.stderr.indexOf(warning)).toBeLessThan(ended.stderr.indexOf("✔ register"));
    expect(ended.stderr).not.toContain("! webhook");
    const asked = receiver.seen.map(({ method, target }) => `${method} ${target}`);
    expect(asked, "asked first, and sent once").toEqual(["HEAD /", "POST /hooks/geheim"]);
  });

  test("where the night is not to tell anybody, nobody is asked", async ({ workspace }) => {
    const ended = await churn(workspace, [...tonight, ...channels, "--to", "validate"]);
    expect(ended).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining("tonight's message") });
  });
});

/** One file system for all: mounted by root, or by a user in a namespace of its own; gone with the script that mounted it. */
const [unshare, ...apart] = ["unshare", process.getuid?.() === 0 ? "-m" : "-rm"] as const;
const mayMount =
  (await execa(unshare, [...apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { reject: false })).exitCode === 0;

test.skipIf(!mayMount)(
  "a first night whose files are larger than the disk's room is doubted, and begins",
  async ({ workspace }) => {
    const at = await realpath(await mkdtemp(join(tmpdir(), "churn-room-")));
    try {
      const [disk, day] = [join(at, "disk"), join(at, "day.csv")];
      await mkdir(disk);
      await using db = await openDatabase();
      await db.run(`ATTACH ${literal(join(workspace, "customers.duckdb"))} AS sample (READ_ONLY)`);
      await db.run(`COPY (FROM sample.customers WHERE snapshot_date = ${literal(lastDay)}) TO ${literal(day)}`);
      const script = 'mount -t tmpfs -o size=400k,mode=700 tmpfs "$1" && cp "$2" "$1" && shift 2 && exec "$@"';
      const source = ["--set", `source=${JSON.stringify({ url: `csv:${day}` })}`];
      const words = [process.execPath, program, "-C", disk, ...tonight, ...source];
      const { exitCode, stderr } = await execa(
        unshare,
        [...apart, "sh", "-c", script, "sh", disk, join(workspace, "churn.yaml"), ...words],
        { env: cronEnv, extendEnv: false, reject: false },
      );
      const size = fileSize((await stat(day)).size);
      expect(stderr).toMatch(
        new RegExp(
          `^warning {2}the store \\(${disk}\\) has \\d+ kB free, and the customers' files have ${size}: `,
          "m",
        ),
      );
      // It was right: the sentence is that of a full disk.
      expect(exitCode).toBe(5);
      expect(stderr).toMatch(/[✔✖] extract/);
    } finally {
      await rm(at, { recursive: true, force: true });
    }
  },
);
