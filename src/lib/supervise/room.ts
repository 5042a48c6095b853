import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { CACHE_FOLDER } from "../cache/cache.ts";
import { fileSize } from "../cli/numbers.ts";
import { ServiceError, unlessKnown } from "../errors.ts";
import { nearestFolder } from "../files/folders.ts";
import { temporaryPlace } from "../files/temporary.ts";
import type { Archive } from "../stage/archive.ts";
import { DECIDING_STAGE, filesOf } from "../stage/inputs.ts";
import { listNights } from "../stage/nights.ts";
import { readSuccess } from "../stage/record.ts";
import type { Store } from "../store/store.ts";
import type { Tracking } from "../tracking/tracking.ts";

/** A place on this machine where a night leaves something. */
export interface Place {
  /** for people: "the store", "local tracking" */
  readonly name: string;
  readonly path: string;
  /** what a night takes of it, as far as is known */
  readonly share: "night" | "model" | "customers";
}

/**
 * The places of a night that are on this machine: the store where it is a folder, and the cache where it isn't, tracking where it is
 * a folder, and that for temporary files.
 *
 * @param root  the workspace's folder
 */
export async function placesOf({
  root,
  store,
  tracking,
}: {
  readonly root: string;
  readonly store: Pick<Store, "address" | "isLocal">;
  readonly tracking: () => Promise<Pick<Tracking, "isLocal" | "uri">>;
}): Promise<readonly Place[]> {
  // What can't be opened is told by the stage that needs it.
  const opened = await tracking().catch(() => undefined);
  const temporary = temporaryPlace();
  return [
    store.isLocal
      ? ({ name: "the store", path: store.address, share: "night" } as const)
      : ({ name: "the cache", path: join(root, CACHE_FOLDER), share: "night" } as const),
    ...(opened?.isLocal ? [{ name: "local tracking", path: opened.uri, share: "model" } as const] : []),
    ...(temporary === undefined
      ? []
      : [{ name: "the place for temporary files", path: temporary, share: "customers" } as const]),
  ];
}

/** Bytes by what a night leaves. */
type Sizes = Readonly<Record<Place["share"], number>>;

/** Customers become more, and small files fill whole blocks: a quarter more than last time, and a little. */
const RESERVE_SHARE = 1.25;
const RESERVE_BYTES = 2 ** 20;

/** How much room the file system has that a folder lies in, or will. */
export interface FileSystem {
  /** which one it is: two folders of one share its room */
  readonly id: number;
  readonly free: number;
}

/** A place, the room that is left there, and what a night takes of it. */
export interface PlaceWithRoom extends Place {
  readonly free: number;
  /** which file system it is on */
  readonly id: number;
  /** bytes that the newest decided night took of this file system, here and at the places before; undefined while there is none */
  readonly takes: number | undefined;
}

/**
 * What room there is at each place, in their order; places of which nobody can tell are left out.
 *
 * @param night  what the newest decided night took, as `newestSizes` says it
 * @param room   asks the file system
 */
export function roomOf(
  places: readonly Place[],
  night: NightSizes | undefined,
  room: (path: string) => FileSystem | undefined = roomAt,
): readonly PlaceWithRoom[] {
  const taken = new Map<number, number>();
  return places.flatMap((place) => {
    const found = room(place.path);
    if (found === undefined) return [];
    const takes = night === undefined ? undefined : (taken.get(found.id) ?? 0) + night.sizes[place.share];
    taken.set(found.id, takes ?? 0);
    return [{ ...place, ...found, takes }];
  });
}

/**
 * Refuses a night that the disk has no room for, before it begins: as much as the newest decided one took, and a reserve. Where
 * there is none yet, nothing is known.
 *
 * @param last  what the newest decided one took, as `newestSizes` says it
 * @param room  asks the file system
 * @returns what is short; undefined where nothing is
 */
export function shortOfRoom(
  places: readonly Place[],
  last: NightSizes | undefined,
  room: (path: string) => FileSystem | undefined = roomAt,
): ServiceError | undefined {
  return last && shortOf(roomOf(places, last, room), last.night);
}

/** The first place that has too little room for a night as large as the newest decided one, `night`. */
export function shortOf(places: readonly PlaceWithRoom[], night: string): ServiceError | undefined {
  for (const { name, path, free, takes = 0 } of places) {
    const needed = Math.ceil(takes * RESERVE_SHARE) + RESERVE_BYTES;
    if (free >= needed) continue;
    return new ServiceError(
      `${name} (${path}) has ${fileSize(free)} free, but a night needs ${fileSize(needed)} there: that of ${night} took ${fileSize(takes)}`,
      "make room first: churn gc --keep 30d --dry-run shows what old nights would free",
    );
  }
  return undefined;
}

/**
 * Doubts that the disk has room for a first night, of which nothing is known but how large its customers' files are: their table, and
 * those that are made of it, take about as much. It is a guess, so the night begins all the same.
 *
 * @param last   as `newestSizes` says it: a decided night knows better
 * @param bytes  of the customers' files; asked where no night is decided yet
 * @returns      a sentence; undefined where there is no doubt
 */
export async function doubtOfRoom(
  places: readonly Place[],
  last: NightSizes | undefined,
  bytes: () => Promise<number | undefined>,
  room: (path: string) => FileSystem | undefined = roomAt,
): Promise<string | undefined> {
  if (places.length === 0 || last !== undefined) return undefined;
  const size = await bytes();
  if (size === undefined) return undefined;
  for (const { name, path } of places) {
    const free = room(path)?.free;
    if (free !== undefined && free < size)
      return `${name} (${path}) has ${fileSize(free)} free, and the customers' files have ${fileSize(size)}: the disk may be too small for this first night`;
  }
  return undefined;
}

/** What a night left. */
interface NightSizes {
  readonly night: string;
  readonly sizes: Sizes;
}

/** What the newest decided night left, by its records; undefined while there is none. */
export async function newestSizes(archive: Archive): Promise<NightSizes | undefined> {
  for (const { name } of (await listNights(archive)).toReversed()) {
    if ((await readSuccess(archive, name, DECIDING_STAGE)) === undefined) continue;
    // A damaged one is told by whoever needs it.
    const read = archive.stages.map((stage) => readSuccess(archive, name, stage.name).catch(unlessKnown));
    const records = await Promise.all(read);
    const outputs = records.flatMap((record) => Object.values(record?.outputs ?? {}));
    const sizeOf = (some: typeof outputs) => some.flatMap(filesOf).reduce((sum, { size_bytes }) => sum + size_bytes, 0);
    return {
      night: name,
      sizes: {
        night: sizeOf(outputs),
        model: sizeOf(outputs.filter(({ kind }) => kind === "folder")),
        customers: sizeOf(outputs.filter(({ key }) => key.startsWith("raw/"))),
      },
    };
  }
  return undefined;
}

/** Undefined where nobody can tell: that is no reason not to begin. */
function roomAt(path: string): FileSystem | undefined {
  const disk = diskAt(path);
  return disk && { id: disk.id, free: disk.free };
}

/** A file system with its size: what is free of it, as `df` reckons, leaves out what root alone may use. */
export interface Disk extends FileSystem {
  readonly size: number;
}

/** The file system that a folder lies in, or will; undefined where nobody can tell. */
export function diskAt(path: string): Disk | undefined {
  try {
    const folder = nearestFolder(path);
    const { bavail, bfree, blocks, bsize } = statfsSync(folder);
    return { id: statSync(folder).dev, free: bavail * bsize, size: (blocks - bfree + bavail) * bsize };
  } catch {
    return undefined;
  }
}
