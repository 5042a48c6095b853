import { fileSize, listed, whole } from "../../cli/numbers.ts";
import { ChurnError } from "../../errors.ts";
import { requireTemporaryPlace, temporaryPlace } from "../../files/temporary.ts";
import {
  type Place as DiskPlace,
  newestSizes,
  type PlaceWithRoom,
  placesOf,
  roomOf,
  shortOf,
} from "../../supervise/room.ts";
import { type Finding, findingOf, fine, type Opened, type Place, type PlaceCheck, warning } from "../check.ts";

/** With fewer nights left somebody has to look: who keeps all files has a month for it. Where old ones are removed little is added. */
const FEW_NIGHTS = { keeping: 30, removing: 3 };
/** More than that is room enough, and no number. */
const MANY_NIGHTS = 3650;

/** What room there is where a night leaves something on this machine, and for how many nights. */
export const disk: PlaceCheck = {
  kind: "place",
  name: "disk",
  stage: "extract",
  differsBy: "state",
  look: async ({ opened }: Place) => {
    requireTemporaryPlace();
    const places = await placesIn(opened);
    const night = await newestNight(opened);
    const rooms = roomOf(places, night);
    const short = night && shortOf(rooms, night.night);
    if (short !== undefined) return [findingOf(short)];
    const removes = Object.keys(opened?.config.retention ?? {}).length > 0;
    const systems = [...new Set(rooms.map(({ id }) => id))].map((id) => rooms.filter((room) => room.id === id));
    return systems.map((on) => roomFinding(on, { isOnly: systems.length === 1, removes }));
  },
};

async function placesIn(opened: Opened | undefined): Promise<readonly DiskPlace[]> {
  if (opened !== undefined && !opened.broken.has("store")) {
    const { root, store, services } = opened;
    return await placesOf({ root, store, tracking: services.tracking });
  }
  const path = temporaryPlace();
  return path === undefined ? [] : [{ name: "the place for temporary files", path, share: "customers" }];
}

async function newestNight(opened: Opened | undefined) {
  const archive = await opened?.archive();
  try {
    return archive && (await newestSizes(archive));
  } catch (error) {
    // Of a damaged night nothing is known here, and others tell it.
    if (!(error instanceof ChurnError)) throw error;
    return undefined;
  }
}

/** One file system: what is free, what a night takes for good, and how often that goes in. */
export function roomFinding(
  on: readonly PlaceWithRoom[],
  { isOnly, removes }: { readonly isOnly: boolean; readonly removes: boolean },
): Finding {
  const [first] = on;
  const free = `${fileSize(first?.free ?? 0)} free${isOnly ? "" : ` for ${listed(on.map(({ name }) => name))}`}`;
  // What is temporary goes again.
  const takes = on.filter(({ share }) => share !== "customers").at(-1)?.takes;
  if (takes === undefined || takes === 0) return fine(free);
  const nights = Math.floor((first?.free ?? 0) / takes);
  const left = nights > MANY_NIGHTS ? `more than ${whole(MANY_NIGHTS)} nights left` : `${whole(nights)} nights left`;
  const text = `${free}, a night takes ${fileSize(takes)}, ${left}`;
  if (nights >= (removes ? FEW_NIGHTS.removing : FEW_NIGHTS.keeping)) return fine(text);
  return warning(text, "churn gc --keep 30d --dry-run shows what old nights would free");
}
