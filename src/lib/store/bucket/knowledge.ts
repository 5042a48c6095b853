import type { Bucket } from "../../s3/bucket.ts";
import { WORKSPACE_KEY } from "../id.ts";
import { type Known, type Mirror, openMemory, openMirror, type Scope } from "./mirror.ts";

/** What there is in a bucket below a prefix: asked once, as long as that holds. Keys are the store's. */
export interface Knowledge {
  /** Undefined where there is no such object. */
  object(key: string): Promise<Known | undefined>;
  /** The same as far as it is known; nothing is asked. */
  seen(key: string): Known | undefined;
  /** The names in a folder, sorted; those that begin with a dot left out. */
  names(folder: string): Promise<readonly string[]>;
  /** What was found, or made, or removed (undefined). */
  set(key: string, found: Known | undefined): void;
  /** What is known of a key is wrong: it is asked for again. */
  forget(key: string): void;
}

export interface KnowledgeSettings {
  readonly bucket: Bucket;
  /** with a slash at its end; "" for the whole bucket */
  readonly prefix: string;
  /** in the cache, where runs keep theirs */
  readonly folder: string;
  /** of the run that holds the bucket; undefined for who only looks */
  readonly session: () => { readonly id: string } | undefined;
}

/** Opens it. Nothing is asked yet. */
export function openKnowledge({ bucket, prefix, folder, session }: KnowledgeSettings): Knowledge {
  const disk = openMirror(folder);
  const memory = openMemory(disk);

  return {
    object: async (key) => {
      const scope = scopeOf(key);
      const before = look(scope);
      const found = before.objects[key];
      if (found !== undefined) return found ?? undefined;
      if (before.complete) return undefined;
      if (scope !== SINGLE) return (await listed(scope)).objects[key] ?? undefined;
      // It is looked at before the bucket is held, and never changes.
      const earlier = key === WORKSPACE_KEY ? memory.read("", scope).objects[key] : undefined;
      if (earlier) {
        change(scope, (now) => ({ ...now, objects: { [key]: earlier, ...now.objects } }));
        return earlier;
      }
      const head = await bucket.head(`${prefix}${key}`);
      const asked = head && withDigest(disk.digests(scope), key, { ...head, modified: head.modified.toISOString() });
      change(scope, (now) => ({ ...now, objects: { [key]: asked ?? null, ...now.objects } }));
      return asked;
    },
    seen: (key) => look(scopeOf(key)).objects[key] ?? undefined,
    names: async (of) => {
      const parts = of === "" ? [] : of.split("/");
      const [first = "", second] = parts;
      const isFlat = second === undefined && first === FLAT;
      if (second === undefined && !isFlat) return visibleNames(await top(first));
      const { objects } = await listed(isFlat ? `${first}/` : `${first}/${second}/`);
      const start = `${of}/`;
      const below = Object.entries(objects).flatMap(([key, found]) => {
        const [name = ""] = key.slice(start.length).split("/");
        return found === null || !key.startsWith(start) ? [] : [name];
      });
      return visibleNames(below);
    },
    set: (key, found) => {
      change(scopeOf(key), (now) => ({ ...now, objects: { ...now.objects, [key]: found ?? null } }));
      const [first = "", name] = key.split("/");
      if (found !== undefined && name !== undefined && look(first).complete) {
        change(first, (now) => ({ ...now, objects: { ...now.objects, [name]: NAME } }));
      }
    },
    forget: (key) => {
      change(scopeOf(key), ({ objects: { [key]: _, ...objects } }) => ({ complete: false, objects }));
    },
  };

  function mirror(): { mirror: Mirror; id: string } {
    const found = session();
    return found === undefined ? { mirror: memory, id: "" } : { mirror: disk, id: found.id };
  }

  function look(scope: string): Scope {
    const { mirror: at, id } = mirror();
    return at.read(id, scope);
  }

  function change(scope: string, how: (before: Scope) => Scope): void {
    const { mirror: at, id } = mirror();
    at.update(id, scope, how);
  }

  /** All objects below a scope. What was written while they were listed counts more than the list. */
  async function listed(scope: string): Promise<Scope> {
    const before = look(scope);
    if (before.complete) return before;
    const { objects } = await bucket.list(`${prefix}${scope}`);
    const digests = disk.digests(scope);
    const found = Object.fromEntries(
      objects.map((object) => {
        const key = object.key.slice(prefix.length);
        const { etag, size_bytes, modified } = object;
        return [key, withDigest(digests, key, { etag, size_bytes, modified: modified.toISOString() })];
      }),
    );
    change(scope, (now) => ({ complete: true, objects: { ...found, ...now.objects } }));
    return look(scope);
  }

  /** The names at the beginning of keys, or right below the first folder. */
  async function top(first: string): Promise<readonly string[]> {
    const before = first === "" ? undefined : look(first);
    if (before?.complete === true) return Object.keys(before.objects);
    const start = `${prefix}${first === "" ? "" : `${first}/`}`;
    const { objects, folders } = await bucket.list(start, "/");
    const names = [...objects.map(({ key }) => key), ...folders].map((key) => nameBelow(start, key));
    if (first === "") return names;
    const found = Object.fromEntries(names.map((name) => [name, NAME]));
    change(first, (now) => ({ complete: true, objects: { ...found, ...now.objects } }));
    return Object.keys(look(first).objects);
  }
}

function withDigest(digests: ReturnType<Mirror["digests"]>, key: string, found: Known): Known {
  const digest = found.sha256 ?? digests(key, found.etag);
  return { ...found, ...(digest === undefined ? {} : { sha256: digest }) };
}

/** Takes nothing as known: each question is asked anew, and a digest is what the bytes have. */
export function askedAnew(bucket: Bucket, prefix: string): Knowledge {
  return {
    object: async (key) => {
      const head = await bucket.head(`${prefix}${key}`);
      return head && { etag: head.etag, size_bytes: head.size_bytes, modified: head.modified.toISOString() };
    },
    seen: () => undefined,
    names: async (of) => {
      const start = `${prefix}${of === "" ? "" : `${of}/`}`;
      const { objects, folders } = await bucket.list(start, "/");
      return visibleNames([...objects.map(({ key }) => key), ...folders].map((key) => nameBelow(start, key)));
    },
    set() {},
    forget() {},
  };
}

function nameBelow(start: string, key: string): string {
  return key.slice(start.length).replace(/\/$/, "");
}

/** Objects that are asked for one by one: their folders hold those of all nights. */
const SINGLE = "";

/** A name in a list of names, of which nothing else is known. */
const NAME: Known = { etag: "", size_bytes: 0, modified: new Date(0).toISOString() };

/** A folder of files, which are listed together: what each run has told the ledger. Of others the folders are listed, by nights. */
const FLAT = "ledger";

/** What a key is listed with: all of a night in its folder. */
function scopeOf(key: string): string {
  const [first = "", second = "", ...rest] = key.split("/");
  if (rest.length > 0) return `${first}/${second}/`;
  return first === FLAT && second !== "" ? `${first}/` : SINGLE;
}

function visibleNames(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== "" && !name.startsWith(".")).sort();
}
