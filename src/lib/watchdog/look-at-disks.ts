import { fileSize, listed, percent } from "../cli/numbers.ts";
import { type Disk, diskAt, type Place } from "../supervise/room.ts";
import { type Look, NOTHING } from "./finding.ts";

/**
 * Whether a disk on which a night leaves something has too little room.
 *
 * @param places  on this machine
 * @param least   share of a disk that is to be free; null where nobody asks
 * @param room    asks the file system
 */
export function lookAtDisks(
  places: readonly Pick<Place, "name" | "path">[],
  least: number | null,
  room: (path: string) => Disk | undefined = diskAt,
): Look {
  if (least === null) return NOTHING;
  const disks = new Map<number, { readonly system: Disk; readonly on: Pick<Place, "name" | "path">[] }>();
  for (const place of places) {
    const system = room(place.path);
    if (system === undefined) continue;
    const known = disks.get(system.id);
    if (known === undefined) disks.set(system.id, { system, on: [place] });
    else known.on.push(place);
  }
  const looked = [...disks.values()].map(({ system: { free, size }, on }) => {
    const share = size === 0 ? 0 : free / size;
    const what = listed(on.map(({ name }) => name));
    return { isFull: share < least, share, text: `${percent(share)} of the disk of ${what} is free`, on, free };
  });
  const full = looked.filter(({ isFull }) => isFull);
  return {
    ...NOTHING,
    findings: full.map(({ text, on: [first], free }) => ({
      what: "disk",
      subject: first?.path ?? null,
      text: `${text} (${first?.path}, ${fileSize(free)}), less than ${percent(least)} is too little`,
      next: "churn gc --keep 30d --dry-run",
    })),
    well:
      looked.length === 0 || full.length > 0
        ? []
        : [`${percent(Math.min(...looked.map(({ share }) => share)))} of disk free`],
  };
}
