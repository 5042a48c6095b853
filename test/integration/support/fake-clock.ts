import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A clock that programs are told in place of the machine's, and that may be set while they run. */
export interface FakeClock {
  /** what a program needs in its environment to go by it; its processes inherit it */
  readonly env: Readonly<Record<string, string>>;
  /** Sets it: it shows that moment now, and goes on from there. */
  set(moment: string): Promise<void>;
  /** Sets it so many seconds ahead, or back. */
  move(seconds: number): Promise<void>;
}

/**
 * The time of libfaketime, from a file that is read at each look. What measures how long something takes (the monotonic clock) stays
 * real, as on a machine whose clock is set.
 *
 * @param file    where it says how far it is away from the machine's clock
 * @param moment  which it shows at first: 2026-03-29T00:59:58Z
 * @see https://github.com/wolfcw/libfaketime
 */
export async function fakeClock(file: string, moment: string): Promise<FakeClock> {
  // A folder for each kind of machine.
  const shelves = (await readdir("/usr/lib")).map((name) => join("/usr/lib", name, "faketime/libfaketimeMT.so.1"));
  const library = shelves.find(existsSync);
  if (library === undefined)
    throw new Error("there is no libfaketime here: test/integration/support/install-servers.sh installs it");
  let away = 0;
  const write = async (seconds: number) => {
    away = seconds;
    await writeFile(file, `${seconds < 0 ? "-" : "+"}${Math.abs(seconds).toFixed(3)}\n`);
  };
  const clock: FakeClock = {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    set: (shown) => write((Date.parse(shown) - Date.now()) / 1000),
    move: (seconds) => write(away + seconds),
  };
  await clock.set(moment);
  return clock;
}
