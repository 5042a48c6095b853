import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { harmedBytes } from "./bytes.ts";
import type { Dice } from "./dice.ts";
import type { Way } from "./registry.ts";
import { harmedJson } from "./values.ts";

/** What would have churn work in another folder, as its user may ask. */
const PLACES = /"(?:store|tracking|uri|url|files)"|store *:|uri *:|\.\.|[~$]|:\/|\/\//g;

/** Does churn.yaml harm, but for the places that it names. @returns how */
export async function harmConfig(root: string, way: Way, dice: Dice, others: string): Promise<string> {
  const path = join(root, "churn.yaml");
  const before = await readFile(path);
  const text = before.toString("utf8");
  const places = (of: string) => JSON.stringify(of.match(PLACES));
  for (;;) {
    const harmed =
      way === "byte"
        ? harmedBytes(before, dice)
        : { bytes: Buffer.from(JSON.stringify(harmedJson(JSON.parse(text), dice, others), null, 1)), how: "a value" };
    // What its user says of places is done: that is no harm, and not to be tried on this machine.
    if (places(harmed.bytes.toString("latin1")) !== places(before.toString("latin1"))) continue;
    await writeFile(path, harmed.bytes);
    return `${path}: ${harmed.how}`;
  }
}
