import { join } from "node:path";
import type { Cache } from "../../cache/cache.ts";
import { secondsOf } from "../../config/duration.ts";
import type { Config } from "../../config/schema.ts";
import { bytesOf } from "../../config/size.ts";
import { TryLaterError, UsageError } from "../../errors.ts";
import type { Bucket } from "../../s3/bucket.ts";
import type { SourceSettings } from "../query.ts";
import { choosesDate } from "../query-text.ts";
import type { Awaited } from "../ready.ts";
import type { Source } from "../source.ts";
import { namesDate, OBJECTS_ADDRESS, type ObjectsAddress, objectsAddress, placeOf } from "./address.ts";
import { chosenObjects } from "./chosen-objects.ts";
import { type FetchedObject, fetchObjects } from "./fetch.ts";
import { openKnownObjects } from "./known-objects.ts";
import { layOutCopies } from "./layout.ts";
import { listLightly } from "./listing.ts";
import { BUCKETS, objectsSession, ofObjects } from "./reading.ts";

/** Whether a bucket lets us in is asked once: one that is slow, or can't be reached just now, is no reason to hold a night up. */
const PRESENT_SECONDS = 0;

/** So often what was listed may have changed before it was fetched: somebody is at work there then. */
const MOST_LISTS = 3;

/** Where a source's objects are, and what reads them. */
export interface S3SourceSettings
  extends Pick<SourceSettings, "root" | "table" | "query" | "files" | "require" | "waits"> {
  /** s3://BUCKET/PATH, with {date} */
  readonly place: string;
  readonly openBucket: (name: string) => Bucket;
  readonly openCache: () => Cache;
  /** how much the cache keeps */
  readonly limits: Config["s3"]["cache"];
  /** the source of files of their kind: `openParquet` */
  readonly openFiles: (settings: SourceSettings) => Source;
}

/**
 * Customers that lie in a bucket as files: those that a folder with the same names gives. The objects are listed, fetched as they were
 * listed, and read from this machine by the source of such files.
 *
 * @throws {UsageError} for an address that isn't one
 */
export function openS3Files(settings: S3SourceSettings): Source {
  const { place, query } = settings;
  const { bucket: name } = requireAddress(place);
  let opened: Bucket | undefined;
  const bucket = () => {
    opened ??= settings.openBucket(name);
    return opened;
  };
  return {
    description: place,
    choosesDate: choosesDate(query) || namesDate(place),
    async requirePresent() {
      // Whose today it is makes no difference to whether one may list.
      const address = requireAddress(placeOf(place, new Date().toISOString().slice(0, 10)));
      await listLightly(bucket().within(PRESENT_SECONDS), address);
    },
    async open(db, request) {
      const { date, today = date, complete = true } = request;
      const cache = settings.openCache();
      const held = cache.begin();
      const [names, copies] = [join(held.path, "names"), join(held.path, "copies")];
      const roots = [names, copies];
      const address = requireAddress(placeOf(place, date));
      const filesBelow = (root: string): SourceSettings => ({
        root,
        path: join(root, name, address.path),
        description: placeOf(place, date),
        table: settings.table,
        query,
        files: [settings.root, ...settings.files],
        // A date's folder that isn't there is not there yet.
        waits: settings.waits === true || namesDate(place),
        copiesOf: BUCKETS,
      });
      try {
        const wanted = { ...filesBelow(names), require: settings.require };
        const objects = await fetched(cache, address, wanted, { date, today, complete });
        layOutCopies(copies, name, objects);
        // Now that they have names of their own: a day may be larger than the cache.
        const { keep, size } = settings.limits;
        cache.prune({ keepSeconds: secondsOf(keep), bytes: bytesOf(size) });
        const session = await settings.openFiles(filesBelow(copies)).open(db, request);
        return objectsSession(session, { roots, objects, held, name: query === undefined ? place : session.name });
      } catch (error) {
        held[Symbol.dispose]();
        throw ofObjects(error, roots);
      }
    },
  };

  async function fetched(
    cache: Cache,
    address: ObjectsAddress,
    wanted: SourceSettings,
    asked: Awaited & { readonly complete: boolean },
  ): Promise<readonly FetchedObject[]> {
    const known = openKnownObjects(cache, { server: bucket().server, bucket: name });
    for (let lists = 0; lists < MOST_LISTS; lists += 1) {
      const objects = await chosenObjects(bucket(), address, wanted, asked);
      const found = await fetchObjects(bucket(), objects, cache, known);
      if (found !== undefined) return found;
    }
    throw new TryLaterError(
      `source.url: ${wanted.description} was written while it was read`,
      "run it again once it is whole",
    );
  }
}

/** @throws {UsageError} */
function requireAddress(place: string): ObjectsAddress {
  const address = objectsAddress(place);
  if (address !== undefined) return address;
  throw new UsageError(`source.url: ${place} is no address of objects`, `write ${OBJECTS_ADDRESS}`);
}
