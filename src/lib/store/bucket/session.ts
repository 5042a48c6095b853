import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { makeFolder } from "../../files/folders.ts";
import { holdUnfinished } from "../../files/unfinished.ts";

const session = z.object({
  store: z.string(),
  id: z.uuid(),
  seconds: z.number(),
  /** by the clock that runs since the machine's start, which all of its processes share, in milliseconds */
  renewed_ms: z.number(),
  renewed_at: z.iso.datetime(),
  lost: z.boolean(),
});

/** A run's lease as the processes of the run see it. */
export interface Session {
  readonly id: string;
  /** whether nobody else can have taken it over yet, by either clock of this machine */
  readonly isFresh: boolean;
  /** whether somebody has */
  readonly isLost: boolean;
}

/** Where the run that holds the lease tells its stages' processes of it: `.churn/session.json`. */
export interface SessionFile {
  /** Undefined where no run of this folder holds the lease. */
  read(): Session | undefined;
  write(id: string, state: { readonly seconds: number; readonly lost?: boolean }): void;
  remove(): void;
}

/**
 * @param root   the workspace's folder
 * @param store  the store's address: another one's session says nothing
 */
export function openSessionFile(root: string, store: string): SessionFile {
  const folder = join(root, ".churn");
  const path = join(folder, "session.json");
  return {
    read: () => {
      let found: z.infer<typeof session>;
      try {
        found = session.parse(JSON.parse(readFileSync(path, "utf8")));
      } catch {
        return undefined;
      }
      if (found.store !== store) return undefined;
      // A machine that was put to sleep has one clock that didn't run, and one that people set.
      const age = Math.max(monotonicMs() - found.renewed_ms, Date.now() - Date.parse(found.renewed_at));
      return { id: found.id, isFresh: !found.lost && age >= 0 && age < found.seconds * 1000, isLost: found.lost };
    },
    write: (id, { seconds, lost = false }) => {
      const renewed = { renewed_ms: monotonicMs(), renewed_at: new Date().toISOString() };
      makeFolder(folder);
      using unfinished = holdUnfinished({ folder, stem: "session.json" });
      writeFileSync(unfinished.path, JSON.stringify({ store, id, seconds, ...renewed, lost }), {
        mode: 0o600,
        flag: "wx",
      });
      renameSync(unfinished.path, path);
    },
    remove: () => rmSync(path, { force: true }),
  };
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
