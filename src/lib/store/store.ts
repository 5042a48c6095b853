import type { Fingerprint } from "../files/fingerprint.ts";
import type { LockHolder } from "../workspace/lock-holder.ts";

/** A stored file as it was when it was written. */
export interface StoredFile extends Fingerprint {
  readonly key: string;
}

/** @param holder  "run-all of 2026-11-23, process 123 on host, since …" */
export type OnWait = (holder: string) => void;

/** Files under keys: in a folder, or in a bucket. A file is there whole or not at all. */
export interface Store {
  /** where it is, for people, without credentials */
  readonly address: string;
  /** whether it lies on this machine's disks: to look at it costs nothing then, and needs no network */
  readonly isLocal: boolean;
  /** Loads what takes long to load, for who has time to spare. */
  warmUp(): Promise<void>;
  /**
   * Makes sure that a run could write there, by a file that is made and removed again. Nothing else is made, and the store isn't taken.
   *
   * @throws what a run's first write would
   */
  requireWritable(): Promise<void>;
  /** The run that has it, by its own words; undefined where none says so. It is neither taken nor waited for. */
  holder(): Promise<LockHolder | undefined>;
  /**
   * Takes the store for a run: until `end` nobody else's run writes there, from whatever folder or machine it was started.
   * What a run that died or failed left unfinished is cleared.
   *
   * @param purpose  what the run does, for those who are turned away: "run-all of 2026-11-23"
   * @param onWait   called where it takes a while to see whether another run lives, with who that is, and again at each look: what it
   *                 throws ends the wait
   * @returns        descriptors that the run's processes have to inherit: the store is theirs as long as one of them lives
   * @throws {HeldError} when another run has it
   */
  begin(purpose: string, onWait?: OnWait): Promise<readonly number[]>;
  /** Says anew what the run does, between `begin` and `end`: at which stage it is. In a bucket it is told with the next renewal. */
  note(purpose: string): void;
  /**
   * Before something elsewhere is changed on the word of this store's files. A folder is held for as long as one of the run's processes
   * lives, and has nothing to ask.
   *
   * @throws {TryLaterError} when another machine has taken the store over meanwhile
   */
  requireHeld(): Promise<void>;
  /** @param inOrder  false where the run failed: the next one is to know */
  end(inOrder?: boolean): Promise<void>;
  /**
   * The path of a file on this machine with that content, for programs that open it themselves (DuckDB).
   *
   * @throws {InputError} when the file was removed or changed since
   */
  local(file: StoredFile): Promise<string>;
  /** The file's bytes, or undefined when it isn't there. */
  read(key: string): Promise<Buffer | undefined>;
  write(key: string, content: string | Uint8Array): Promise<Fingerprint>;
  /** For content that another program writes: `produce` gets a path beside the name. */
  replace(key: string, produce: (path: string) => Promise<void>): Promise<Fingerprint>;
  /** The folder on this machine, below which `replace` has a key's content written; it need not be there yet. */
  folderOf(key: string): string;
  /** A file's size and the time of its last change, without reading it; undefined when there is no such file. */
  stat(key: string): Promise<{ readonly size_bytes: number; readonly modified: Date } | undefined>;
  /** Undefined when there is no such file. */
  fingerprint(key: string): Promise<Fingerprint | undefined>;
  /** Removes a file, and no folder stays behind that is empty without it. One that isn't there is fine. */
  remove(key: string): Promise<void>;
  /** Names in a folder, sorted, unfinished files left out; none when there is no folder. */
  list(key: string): Promise<readonly string[]>;
  /** Makes a folder that must not be there yet. Returns false when it is. */
  createFolder(key: string): Promise<boolean>;
  /** The same store, of which nothing is taken as known: each file is read where it lies. */
  thorough(): Store;
  /** The command by which a person copies a file of it in its place, and removes one. */
  copyCommand(from: string, to: string): string;
  removeCommand(key: string): string;
}
