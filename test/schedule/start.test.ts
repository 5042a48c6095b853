import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { startOf } from "../../src/lib/schedule/start.ts";
import { test } from "../support/folder.ts";

const own = { node: "/usr/bin/node", program: "/opt/churn/bin/churn", root: "/srv/churn" };
const plain = "/usr/local/bin:/usr/bin:/bin";

test("PATH is the same in every shell", () => {
  for (const PATH of [undefined, "", "/home/maria/bin:/usr/bin"])
    expect(startOf({ ...own, env: { PATH }, command: undefined })).toEqual({ ...own, variables: { PATH: plain } });
});

test("the folder of source.command's program goes first, where its name alone finds it", async ({ folder }) => {
  const bin = join(folder, "google cloud", "bin");
  await mkdir(join(folder, "folder", "bqtool"), { recursive: true });
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "bqtool"), "#!/bin/sh\n");
  const PATH = [".", "relative", join(folder, "folder"), bin, "/usr/bin"].join(":");
  const pathWith = (command: string) => startOf({ ...own, env: { PATH }, command: [command] }).variables.PATH;
  expect(pathWith("bqtool")).toBe(plain);
  await chmod(join(bin, "bqtool"), 0o755);
  expect(pathWith("bqtool")).toBe(`${bin}:${plain}`);
  expect(pathWith("./bq")).toBe(plain);
  expect(pathWith("no-such-program")).toBe(plain);
  // One that is there anyhow.
  expect(pathWith("sh")).toBe("/usr/bin:/usr/local/bin:/bin");
});

test("a company's authorities, which Node reads before it reads anything else, are handed on", () => {
  const variables = (NODE_EXTRA_CA_CERTS: string) =>
    startOf({ ...own, env: { NODE_EXTRA_CA_CERTS }, command: undefined }).variables;
  expect(variables("/etc/ssl/company.pem")).toEqual({ PATH: plain, NODE_EXTRA_CA_CERTS: "/etc/ssl/company.pem" });
  expect(variables("company.pem")).toEqual({ PATH: plain });
});
