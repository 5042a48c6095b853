import { Command } from "commander";
import { expect, test } from "vitest";
import * as z from "zod";
import { addFlags, flagWords, readFlags } from "../../src/lib/cli/flags.ts";

const flags = z.strictObject({
  view: z.enum(["ui"]).optional().meta({ positional: true }),
  all: z.boolean().default(false),
});

function read(...words: string[]) {
  const command = new Command("models").exitOverride().configureOutput({ writeErr: () => {} });
  addFlags(command, flags);
  command.parse(words, { from: "user" });
  return readFlags(command, flags);
}

test("a field whose meta says so is a word without dashes", () => {
  expect(read("ui")).toEqual({ view: "ui", all: false });
  expect(read("--all", "ui")).toEqual({ view: "ui", all: true });
  expect(read()).toEqual({ all: false });
  expect(() => read("pages")).toThrow("Allowed choices are ui");
});

test("a field's meta says a letter by which people know it", () => {
  const command = new Command("get");
  const flags = z.strictObject({ output: z.string().optional().meta({ short: "o", value: "file" }) });
  addFlags(command, flags);
  expect(command.options.map((option) => option.flags)).toEqual(["-o, --output <file>"]);
  command.parse(["-o", "-"], { from: "user" });
  expect(readFlags(command, flags)).toEqual({ output: "-" });
});

test("a field's meta says what stands for its value in the help", () => {
  const command = new Command("run-all");
  addFlags(command, z.strictObject({ retry_until: z.string().optional().meta({ value: "HH:MM" }), stage: z.string() }));
  expect(command.options.map((option) => option.flags)).toEqual(["--retry-until <HH:MM>", "--stage <stage>"]);
});

test("a list is an option that may be repeated, and becomes such words again", () => {
  const command = new Command("run-all");
  const flags = z.strictObject({ accept: z.array(z.string()).default([]).meta({ value: "gate" }) });
  addFlags(command, flags);
  expect(command.options.map((option) => option.flags)).toEqual(["--accept <gate>"]);
  expect(readFlags(command, flags)).toEqual({ accept: [] });
  command.parse(["--accept", "a", "--accept", "-b"], { from: "user" });
  expect(readFlags(command, flags)).toEqual({ accept: ["a", "-b"] });
  expect(flagWords(flags, readFlags(command, flags))).toEqual(["--accept", "a", "--accept", "-b"]);
  expect(flagWords(flags, { accept: [] })).toEqual([]);
});
