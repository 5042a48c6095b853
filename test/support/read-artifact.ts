import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import type { JsonArtifact } from "../../src/lib/artifacts/artifact.ts";

/** What a JSON file of a night says. */
export async function readArtifact<Schema extends z.ZodObject>(
  root: string,
  { key, format }: JsonArtifact<Schema>,
  night: string,
): Promise<z.infer<Schema>> {
  const path = join(root, key.replace("NIGHT", night));
  return format.read(JSON.parse(await readFile(path, "utf8")), path);
}
