import { Option } from "commander";
import { expect, test } from "vitest";
import * as z from "zod";
import { completionModel } from "../../../src/lib/cli/completion/model.ts";

const flags = z.strictObject({
  what: z.enum(["show", "send"]).optional().meta({ positional: true }),
  date: z.string().optional().describe("the date"),
  version: z.int().optional().meta({ value: "version" }).describe("which"),
  run: z.string().optional().describe("whose"),
  from: z.string().optional().describe("a stage"),
  output: z.string().optional().meta({ short: "o", value: "file" }).describe("a file"),
  shape: z.enum(["round", "flat"]).default("flat").describe("how"),
  rows: z.int().default(5).describe("rows"),
  accept: z.array(z.string()).default([]).meta({ value: "gate" }).describe("a gate"),
  yes: z.boolean().default(false).describe("don't ask"),
});

test("it is what the commands' own definitions say, each value by what it is", () => {
  const everywhere = [new Option("-C, --directory <dir>", "a folder"), new Option("--set <key=value>", "a key")];
  const model = completionModel(everywhere, [{ name: "message", summary: "about it", flags }], ["extract", "train"]);
  expect(model.options).toEqual([
    { names: ["-C", "--directory"], meaning: "a folder", value: { kind: "folder" } },
    {
      names: ["--set"],
      meaning: "a key",
      value: {
        kind: "keys",
        words: expect.arrayContaining(["schedule.at="]),
        values: expect.arrayContaining([
          { key: "train.algorithm", values: ["xgboost", "random-forest"] },
          { key: "s3.single_writer", values: ["true", "false"] },
        ]),
      },
    },
  ]);
  expect(model.commands).toEqual([
    {
      name: "message",
      meaning: "about it",
      options: [
        {
          names: ["--date"],
          meaning: "the date",
          value: { kind: "words", words: ["today", "yesterday"], told: "night" },
        },
        { names: ["--version"], meaning: "which", value: { kind: "words", words: [], told: "version" } },
        { names: ["--run"], meaning: "whose", value: { kind: "words", words: [], told: "run" } },
        { names: ["--from"], meaning: "a stage", value: { kind: "words", words: ["extract", "train"] } },
        { names: ["-o", "--output"], meaning: "a file", value: { kind: "file" } },
        { names: ["--shape"], meaning: "how", value: { kind: "words", words: ["round", "flat"] } },
        { names: ["--rows"], meaning: "rows", value: { kind: "nothing" } },
        {
          names: ["--accept"],
          meaning: "a gate",
          value: { kind: "words", words: expect.arrayContaining(["row_count", "ranges"]) },
        },
        { names: ["--yes"], meaning: "don't ask", value: undefined },
      ],
      words: ["show", "send"],
    },
    { name: "help", meaning: "a command's options", options: [], words: ["message"] },
  ]);
});
