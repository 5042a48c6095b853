import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test as base, expect } from "vitest";
import { EDITOR_LINE, EDITOR_SCHEMA, renewEditorSchema } from "../../src/lib/init/editor-schema.ts";
import { VERSIONS } from "../../src/lib/workspace/versions.ts";

const test = base.extend<{ root: string; file: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-editor-"));
    await use(root);
    await rm(root, { recursive: true, force: true });
  },
  file: async ({ root }, use) => {
    await mkdir(join(root, dirname(EDITOR_SCHEMA)));
    await use(join(root, EDITOR_SCHEMA));
  },
});

const published = JSON.parse(await readFile(new URL("../../docs/schemas/churn.schema.json", import.meta.url), "utf8"));
const present = { $comment: `churn ${VERSIONS.churn}`, ...published };
const writtenBy = (version: string) => JSON.stringify({ $comment: `churn ${version}`, type: "object" });

test("churn.yaml's first line names the file, from the folder that churn.yaml lies in", () => {
  expect(EDITOR_LINE).toBe("# yaml-language-server: $schema=.churn/churn.schema.json");
});

test("a workspace without it gets the schema of docs/schemas, signed by the churn that wrote it", async ({ root }) => {
  await renewEditorSchema(root);
  expect(JSON.parse(await readFile(join(root, EDITOR_SCHEMA), "utf8"))).toEqual(present);
});

test.for(["0.9.9", "1.0.0"])("an older churn's (%s) is renewed", async (version, { root, file }) => {
  await writeFile(file, writtenBy(version));
  await renewEditorSchema(root);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual(present);
});

test.for([VERSIONS.churn, "1.10.0", "9.0.0"])(
  "its own and a newer churn's (%s) stay",
  async (version, { root, file }) => {
    await writeFile(file, writtenBy(version));
    await renewEditorSchema(root);
    expect(await readFile(file, "utf8")).toBe(writtenBy(version));
  },
);

test.for(['{"$comment": "chu', "{}", '{"$comment": "somebody"}'])(
  "one that says no churn is renewed: %s",
  async (text, { root, file }) => {
    await writeFile(file, text);
    await renewEditorSchema(root);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(present);
  },
);

test("a folder that can't be written ends no night", async ({ root }) => {
  await writeFile(join(root, ".churn"), "in the way");
  await expect(renewEditorSchema(root)).resolves.toBeUndefined();
});
