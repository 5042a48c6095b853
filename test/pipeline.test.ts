import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import * as z from "zod";
import { commands, help } from "../src/cli.ts";
import { configSchema } from "../src/lib/config/schema.ts";
import { SERVICE_SECTIONS } from "../src/lib/workspace/services.ts";
import { pipeline } from "../src/pipeline.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const names = pipeline.map(({ name }) => name);

test("each stage needs only what an earlier one produces", () => {
  const made = new Set<string>();
  for (const stage of pipeline) {
    for (const artifact of Object.values(stage.needs)) {
      expect(made, `${stage.name} needs it`).toContain(
        artifact.kind === "result" ? `result of ${artifact.stage}` : artifact.key,
      );
    }
    for (const artifact of Object.values(stage.produces)) made.add(artifact.kind === "result" ? "" : artifact.key);
    made.add(`result of ${stage.name}`);
  }
});

test("a stage reads the section of churn.yaml by which a service that it uses is opened", () => {
  for (const { name, reads, uses = [] } of pipeline) {
    const sections = uses.flatMap((service) => SERVICE_SECTIONS[service] ?? []);
    expect(reads, name).toEqual(expect.arrayContaining(sections));
  }
});

test("no two stages produce the same file", () => {
  const keys = pipeline
    .flatMap(({ produces }) => Object.values(produces))
    .map((artifact) => (artifact.kind === "result" ? "" : artifact.key));
  expect(new Set(keys).size).toBe(keys.length);
});

test("the Makefile chains the stages of the pipeline, in its order", async () => {
  const makefile = await readFile(join(root, "Makefile"), "utf8");
  expect(/^STAGES := (.*)$/m.exec(makefile)?.[1]?.split(" ")).toEqual(names);
  for (const [index, name] of names.slice(1).entries())
    expect(makefile).toMatch(new RegExp(`^${name}: ${names[index]}$`, "m"));
  expect(makefile).toMatch(new RegExp(`^pipeline: ${names.at(-1)}$`, "m"));
});

test("the README's table has the stages of the pipeline, in its order", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const section = readme.slice(readme.indexOf("## The stages"), readme.indexOf("## Configuration"));
  expect([...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)).toEqual(names);
});

test("help lists every command and fits into 80 columns", async () => {
  const text = help();
  for (const { name } of [...commands, ...pipeline]) expect(text).toMatch(new RegExp(`^(.{13})${name} `, "m"));
  for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  await expect(text).toMatchFileSnapshot("help.txt");
  expect(await readFile(join(root, "dist", "help.txt"), "utf8"), "what the build wrote for bin/churn").toBe(text);
});

test("a hint names only commands that exist", async () => {
  const known = new Set([...names, ...commands.map(({ name }) => name), "help"]);
  const sources = (await readdir(join(root, "src"), { recursive: true })).filter((file) => file.endsWith(".ts"));
  for (const file of [...sources.map((file) => join("src", file)), "README.md"]) {
    const text = await readFile(join(root, file), "utf8");
    // "churn WORD" at the start of a textor in backticks is a command to paste.
    for (const [whole, word = ""] of text.matchAll(/["`]churn ([a-z][a-z-]+)\b/g)) {
      expect(known, `${file}: ${whole}`).toContain(word);
    }
  }
});

test("the README's churn.yaml has every key, with its default", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const shown: unknown = parse(/```yaml\n([^`]*)```/.exec(readme)?.[1] ?? "");
  const config = configSchema.parse(shown);
  const required = { timezone: config.timezone, dataset: { ...config.dataset }, source: config.source };
  expect(config).toEqual({ ...configSchema.parse(required) });
  expect(Object.keys(z.record(z.string(), z.unknown()).parse(shown))).toEqual(Object.keys(configSchema.shape));
});
