import { readdir } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { execa } from "execa";
import { expect } from "vitest";
import { cronEnv, program } from "../support/churn.ts";
import { slowSource, workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter();

test.for(["SIGINT", "SIGTERM"] as const)(
  "a preview that is stopped by %s leaves no customers behind",
  async (signal, { workspace, folder }) => {
    const preview = execa(process.execPath, [program, "preview", ...slowSource], {
      cwd: workspace,
      env: { ...cronEnv, TMPDIR: folder },
      extendEnv: false,
      reject: false,
    });
    while ((await readdir(folder)).length === 0) await setTimeout(20);
    preview.kill(signal);
    expect(await preview).toMatchObject({ signal, stdout: "", stderr: "" });
    expect(await readdir(folder)).toEqual([]);
  },
);
