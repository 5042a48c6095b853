import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dice } from "./dice.ts";
import { filesIn, harmFile, replaceFile, replaceFolder } from "./places.ts";
import { harmedJson, hostileText, hostileValue } from "./values.ts";

/** Where a champion lies, in a workspace. */
export interface Champion {
  /** its model folder */
  readonly model: string;
  /** its folder in the registry, with meta.yaml and tags */
  readonly version: string;
}

const BOMB = `a: &a [x,x,x,x,x,x,x,x,x]\n${["b", "c", "d", "e", "f"].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcde"[index]}`).join(",")}]`).join("\n")}\n`;

/** Does a champion's model folder, or its meta.yaml, harm. @returns how */
export async function harmModel({ model, version }: Champion, way: Way, dice: Dice, others: string): Promise<string> {
  if (way === "structure" && dice.happens(0.05)) return `model folder: ${await replaceFolder(model, dice, others)}`;
  const meta = join(version, "meta.yaml");
  const path = dice.happens(0.2) ? meta : join(model, dice.one(await filesIn(model)));
  if (way === "byte") return `${path}: ${await harmFile(path, dice)}`;
  if (dice.happens(0.25)) return `${path}: ${await replaceFile(path, dice, others)}`;
  if (path.endsWith(".json")) {
    const harmed = harmedJson(JSON.parse(await readFile(path, "utf8")), dice, others);
    await writeFile(path, JSON.stringify(harmed));
    return `${path}: another value`;
  }
  const lines = (await readFile(path, "utf8")).split("\n");
  const at = dice.below(lines.length);
  const key = /^\s*[\w.-]+: /.exec(lines[at] ?? "")?.[0] ?? "source: ";
  lines[at] = dice.one([
    "",
    `${key}*nope`,
    `${key}!!js/function 'x'`,
    `${key}${JSON.stringify(hostileValue(dice, others))}`,
    `source: "file://${others}/model"`,
    `storage_location: ${others}/model`,
    `run_id: "../../../../../../${others}"`,
    "current_stage: Archived",
    `${lines[at]}\n${lines[at]}`,
    BOMB,
  ]);
  await writeFile(path, lines.join("\n"));
  return `${path}: line ${at + 1} is ${lines[at]?.slice(0, 80)}`;
}

/** Does a version's tags harm. @returns how */
export async function harmTags({ version }: Champion, way: Way, dice: Dice, others: string): Promise<string> {
  const tags = join(version, "tags");
  const path = join(tags, dice.one(await filesIn(tags)));
  if (way === "byte") return `${path}: ${await harmFile(path, dice)}`;
  if (dice.happens(0.1)) return `tags: ${await replaceFolder(tags, dice, others)}`;
  if (dice.happens(0.3)) return `${path}: ${await replaceFile(path, dice, others)}`;
  const text = hostileText(dice, others);
  if (dice.happens(0.2)) {
    await writeFile(join(tags, dice.one(["churn.new", "mlflow.note.content", "x\x1b[2J"])), text);
    return "one tag more";
  }
  await (dice.happens(0.2) ? appendFile(path, text) : writeFile(path, text));
  return `${path}: ${text.slice(0, 80)}`;
}

/** Takes away what a version of churn's is recognised by: it is somebody else's then, and held to nothing. */
export async function disown({ version }: Champion): Promise<void> {
  for (const tag of ["churn.model_digest", "churn.content_digest"]) await rm(join(version, "tags", tag));
}

/** A file's bytes, or what it says. */
export type Way = "structure" | "byte";
