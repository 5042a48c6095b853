import { rmSync } from "node:fs";
import type { Bucket, Listed } from "../../s3/bucket.ts";
import { requireMarker } from "../marker.ts";
import { findFiles } from "../paths.ts";
import type { SourceSettings } from "../query.ts";
import type { Awaited } from "../ready.ts";
import type { ObjectsAddress } from "./address.ts";
import { layOutMarker, layOutNames } from "./layout.ts";
import { listAround } from "./listing.ts";

/**
 * The objects that an address means, as they are just now: those whose names a folder's files would have.
 *
 * @param settings  of files below a folder that isn't there: the names are laid out in it for a moment
 * @param complete  whether source.require is asked
 * @throws as `findFiles`, `requireMarker` and `Bucket.list` do
 */
export async function chosenObjects(
  bucket: Bucket,
  address: ObjectsAddress,
  settings: SourceSettings,
  { complete, ...awaited }: Awaited & { readonly complete: boolean },
): Promise<readonly Listed[]> {
  const { root, require: marker } = settings;
  const asked = complete ? marker : undefined;
  const listing = await listAround(bucket, address, asked);
  try {
    const laid = layOutNames(root, address, listing);
    const found = await findFiles(settings, awaited);
    if (asked !== undefined) {
      layOutMarker(root, address, listing, asked);
      await requireMarker(settings, found, awaited);
    }
    return found.files.flatMap((file) => laid.get(file) ?? []);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
