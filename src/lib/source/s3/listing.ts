import { UsageError } from "../../errors.ts";
import type { Bucket, Listed } from "../../s3/bucket.ts";
import { isKeyValue } from "../partitions.ts";
import { literalFolder, type ObjectsAddress } from "./address.ts";

/** What lies in a bucket where a source's objects may, as far as one has to know it to say which they are. */
export interface BucketListing {
  /** each once */
  readonly objects: readonly Listed[];
  /** of which only the names are known, with a slash at their end */
  readonly folders: readonly string[];
}

/**
 * Lists what an address may mean: all below the folder up to its first pattern, or one object. And what tells whether that is whole:
 * the marker beside it, and what lies in the folders above a partition, where a table has its marker and its log.
 *
 * @param marker  the name of source.require
 * @throws as `Bucket.list`
 */
export async function listAround(
  bucket: Bucket,
  address: ObjectsAddress,
  marker: string | undefined,
): Promise<BucketListing> {
  const { objects, folder } = await listNamed(bucket, address);
  const isOne = folder === undefined;
  const own = folder ?? parentOf(address.path);
  const beside = isOne && marker !== undefined ? await bucket.list(`${prefixOf(own)}${marker}`, "/") : NOTHING;
  const above = isOne && marker === undefined ? [] : await listAbove(bucket, own);
  const all = [objects, beside.objects, ...above.map((level) => level.objects)].flat();
  return {
    objects: [...new Map(all.map((object) => [object.key, object])).values()],
    folders: above.flatMap(({ folders }) => folders),
  };
}

/**
 * Asks for the names of one level there, whatever they are: whoever may do that may list the rest.
 *
 * @throws as `Bucket.list`
 */
export async function listLightly(bucket: Bucket, { path, isFolder }: ObjectsAddress): Promise<void> {
  const { folder, left } = literalFolder(path);
  await bucket.list(isFolder || left.length > 0 ? prefixOf(folder.join("/")) : path, "/");
}

const NOTHING: BucketListing = { objects: [], folders: [] };

/** The objects, and the folder that they lie in, without a slash at its end; no folder where the address is one object's. */
async function listNamed(
  bucket: Bucket,
  { path, isFolder }: ObjectsAddress,
): Promise<{ readonly objects: readonly Listed[]; readonly folder: string | undefined }> {
  const { folder, left } = literalFolder(path);
  if (isFolder || left.length > 0) {
    const names = folder.join("/");
    return { objects: (await bucket.list(prefixOf(names))).objects, folder: names };
  }
  // Neither a slash nor a pattern says which of the two it is.
  const level = await bucket.list(path, "/");
  const own = level.objects.filter(({ key }) => key === path);
  if (!level.folders.includes(`${path}/`)) return { objects: own, folder: undefined };
  const below = await bucket.list(`${path}/`);
  return { objects: [...own, ...below.objects], folder: path };
}

/** What the folders above hold that a partition of a table, or Iceberg's data, lies in. */
async function listAbove(bucket: Bucket, folder: string): Promise<BucketListing[]> {
  const levels: BucketListing[] = [];
  for (let below = folder; isPartOfTable(below); below = parentOf(below)) {
    const level = await listIfAllowed(bucket, prefixOf(parentOf(below)));
    levels.push(level);
    const metadata = `${prefixOf(parentOf(below))}metadata/`;
    if (level.folders.includes(metadata)) levels.push(await listIfAllowed(bucket, metadata));
  }
  return levels;
}

function isPartOfTable(folder: string): boolean {
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  return isKeyValue(name) || name === "data";
}

/** Nothing of it is read as customers, so a policy needn't open it. */
async function listIfAllowed(bucket: Bucket, prefix: string): Promise<BucketListing> {
  try {
    return await bucket.list(prefix, "/");
  } catch (error) {
    if (error instanceof UsageError) return NOTHING;
    throw error;
  }
}

function parentOf(folder: string): string {
  return folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
}

function prefixOf(folder: string): string {
  return folder === "" ? "" : `${folder}/`;
}
