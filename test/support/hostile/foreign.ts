import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type MlflowModel, mlflowModel } from "../mlflow-models.ts";
import { harmedBytes } from "./bytes.ts";
import type { Dice } from "./dice.ts";
import { type Champion, disown, harmModel, type Way } from "./registry.ts";

export const foreignModels = [
  "booster-ubj",
  "booster-json",
  "booster-xgb",
  "classifier-ubj",
] as const satisfies readonly MlflowModel[];

/** Columns of a gym that stand in for those that Python's models were trained on. */
const NAMES = { tenure: "alter", charge: "besuche", plan_basic: "monate" } as const;

/** Puts a model that Python's mlflow.xgboost logged in a champion's place. It can score a gym's members. */
export async function replaceByForeign(champion: Champion, name: MlflowModel): Promise<void> {
  await disown(champion);
  await rm(champion.model, { recursive: true });
  await mkdir(champion.model);
  for (const [file, bytes] of await mlflowModel(name)) await writeFile(join(champion.model, file), renamed(bytes));
}

/** Does a model that somebody else trained harm, in its files or by what only UBJSON can say. @returns how */
export async function harmForeign(champion: Champion, way: Way, dice: Dice, others: string): Promise<string> {
  const name = dice.one(foreignModels);
  await replaceByForeign(champion, name);
  const file = [...(await mlflowModel(name)).keys()].find((one) => one.startsWith("model.")) ?? "";
  const path = join(champion.model, file);
  const bytes = renamed((await mlflowModel(name)).get(file) ?? new Uint8Array());
  if (way === "byte") {
    const harmed = harmedBytes(bytes, dice);
    await writeFile(path, harmed.bytes);
    return `${name}: ${harmed.how}`;
  }
  // Other places of JSON and of MLmodel are harmed as those of any other model.
  if (file.endsWith(".json") || dice.happens(0.4)) return `${name}: ${await harmModel(champion, way, dice, others)}`;
  const { bytes: harmed, how } = harmedUbjson(bytes, dice);
  await writeFile(path, harmed);
  return `${name}: ${how}`;
}

/** UBJSON in which a length, a type or a depth is another one: L and a number of eight bytes is what XGBoost writes. */
function harmedUbjson(bytes: Buffer, dice: Dice): { readonly bytes: Buffer; readonly how: string } {
  const places = [...bytes.keys()].filter((at) => bytes[at] === LENGTH && at + 9 <= bytes.length);
  const at = dice.one(places);
  const harmed = Buffer.from(bytes);
  const how = dice.one(["length", "type", "list", "depth", "empties", "keys"] as const);
  if (how === "length") {
    const lengths = [0n, 1n, -1n, 0xffn, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
    harmed.writeBigInt64BE(dice.one(lengths), at + 1);
  } else if (how === "type") harmed.write(dice.one([..."iUIlLdDSCHZTFN[]{}$#"]), at, "latin1");
  else if (how === "list") harmed.write(dice.one(["[$L#L", "[$[#L", "[$Z#L", "{$T#L", "[#L", "[$d#"]), at, "latin1");
  else return { bytes: Buffer.concat([harmed.subarray(0, at), Buffer.from(MANY[how]), harmed.subarray(at)]), how };
  return { bytes: harmed, how: `${how} at byte ${at}` };
}

const [LENGTH] = Buffer.from("L");

/** Few bytes that would become many. */
const MANY = {
  depth: "[".repeat(100_000),
  empties: "[]".repeat(2_500_000),
  keys: "{U\x01a".repeat(50_000),
} as const;

/** The same model of other columns, which stand in it as texts of JSON or UBJSON. */
function renamed(bytes: Uint8Array): Buffer {
  let text = Buffer.from(bytes).toString("latin1");
  for (const [was, is] of Object.entries(NAMES))
    text = text.replace(`"${was}"`, `"${is}"`).replace(ubjsonText(was), ubjsonText(is));
  return Buffer.from(text, "latin1");
}

const ubjsonText = (text: string) => `SL\0\0\0\0\0\0\0${String.fromCharCode(text.length)}${text}`;
