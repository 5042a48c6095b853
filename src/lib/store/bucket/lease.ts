import { createHash, randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { jsonText, parseJson } from "../../artifacts/json-text.ts";
import { LONGEST_LEASE_SECONDS } from "../../config/duration.ts";
import { HeldError, InputError, TryLaterError } from "../../errors.ts";
import { sha256 } from "../../files/fingerprint.ts";
import { SIZE_LIMITS } from "../../files/size-limits.ts";
import type { Bucket, Condition } from "../../s3/bucket.ts";
import type { LockHolder } from "../../workspace/lock-holder.ts";
import type { OnWait } from "../store.ts";
import { holderText, LEASE_KEY, type Lease, leaseFormat } from "./lease-format.ts";
import type { Session, SessionFile } from "./session.ts";

/**
 * That one run at a time writes to a bucket, whatever machine it is on. An object says who holds it, and whoever writes it names the
 * ETag that it has seen: of two the second is refused. A holder renews it; others take it over once it stayed the same for its whole
 * length by their own clock, so no two clocks are compared.
 */
export interface BucketLease {
  /**
   * Looks who holds it. It is taken with the first write: what was read meanwhile holds, since a run in between would have changed it.
   *
   * @throws {HeldError} when another run has it, and lives
   * @throws {InputError} when what says so can't be what a run wrote
   */
  begin(purpose: string, onWait?: OnWait): Promise<void>;
  /** Says anew what the run does: who looks at the lease reads it from its next renewal on, which costs no request. */
  note(purpose: string): void;
  /**
   * Before each write: takes it, or makes sure that it is still ours.
   *
   * @throws {HeldError} when another run was quicker
   * @throws {TryLaterError} when another run has taken it over since
   */
  require(): Promise<void>;
  /** After a write that was refused: asks the lease itself whether it is still ours. @throws as `require` */
  confirm(): Promise<void>;
  /**
   * The run that says it holds the bucket; undefined where none says so. It lives as long as it renews its lease, by the server's clock and
   * this machine's: who only looks takes a moment's difference of theirs for none.
   *
   * @throws as `begin`
   */
  holder(): Promise<LockHolder | undefined>;
  /** Of this process, or of the run that started it; undefined for who only looks. */
  session(): Pick<Session, "id"> | undefined;
  end(): Promise<void>;
}

export interface LeaseSettings {
  readonly bucket: Bucket;
  /** the object's key */
  readonly key: string;
  /** for sentences */
  readonly address: string;
  /** a command that removes it, for a hint */
  readonly removal: string;
  /** the workspace's folder, whose lock whoever begins holds */
  readonly root: string;
  readonly seconds: number;
  readonly file: SessionFile;
  /** whether a run has started this process: it works under that run's lease. Who only looks doesn't go by what a run knows */
  readonly isStage: boolean;
  /** before it is taken for the first time: whether the server keeps what is asked of it */
  readonly requirePromises: () => Promise<void>;
}

type State =
  | { readonly kind: "seen"; readonly session: string; readonly purpose: string; readonly condition: Condition }
  | { readonly kind: "held"; readonly lease: Lease; readonly etag: string; readonly timer: NodeJS.Timeout }
  | { readonly kind: "lost" };

/**
 * Where churn.yaml says that no other folder or machine writes there: this folder's lock is all there is.
 *
 * @param file     by which a run's processes know of each other all the same
 * @param isStage  whether a run has started this process
 */
export function soleWriter(file: SessionFile, isStage: boolean): BucketLease {
  let session: string | undefined;
  return {
    begin: async () => {
      session = randomUUID();
      file.write(session, { seconds: FOR_EVER_SECONDS });
    },
    note: () => {},
    require: async () => {},
    confirm: async () => {},
    holder: async () => undefined,
    session: () => (session !== undefined ? { id: session } : isStage ? file.read() : undefined),
    end: async () => {
      session = undefined;
      file.remove();
    },
  };
}

const FOR_EVER_SECONDS = 100 * 365 * 86_400;
/** So much a server's clock and a machine's may differ. */
const CLOCKS_APART_MS = 60_000;

/** Opens the lease. Nothing is asked yet. */
export function openLease(settings: LeaseSettings): BucketLease {
  const { bucket, key, address, removal, root, seconds, file, isStage, requirePromises } = settings;
  // Who can't renew it in time is to hear of it in time.
  const hurried = bucket.within(seconds / 3);
  const where = `${address}/${LEASE_KEY}`;
  const removeHint = `where no run works: ${removal}`;
  let state: State | undefined;
  let taking: Promise<void> | undefined;
  let renewing: Promise<{ readonly error: unknown } | undefined> | undefined;
  /** the run that started this process */
  let joined: string | undefined;

  return {
    begin: async (purpose, onWait) => {
      const condition = await whenFree(onWait);
      state = { kind: "seen", session: randomUUID(), purpose, condition };
    },
    note: (purpose) => {
      if (state?.kind === "seen") state = { ...state, purpose };
      else if (state?.kind === "held") state = { ...state, lease: { ...state.lease, purpose } };
    },
    require: async () => {
      if (state === undefined) return await requireJoined();
      if (state.kind === "seen") {
        const { session, purpose, condition } = state;
        taking ??= take(session, purpose, condition).finally(() => {
          taking = undefined;
        });
        return await taking;
      }
      // It stood still, or was busy, for so long that others may have taken it over.
      if (state.kind === "held" && !isFresh()) await requireRenewed();
      if (state.kind === "lost") throw await lost();
    },
    confirm: async () => {
      if (state?.kind === "held") await requireRenewed();
      else if (state === undefined) await requireStillOurs();
      if (state?.kind === "lost") throw await lost();
    },
    holder: async () => {
      const found = await read();
      if (found?.lease.state !== "held") return undefined;
      const { lease, modified } = found;
      const lives = Date.now() - modified.getTime() < lease.seconds * 1000 + CLOCKS_APART_MS;
      return { text: holderText(lease), lives, since: lease.since };
    },
    session: () => {
      if (state?.kind === "seen") return { id: state.session };
      if (state?.kind === "held") return { id: state.lease.session };
      if (state !== undefined || !isStage) return undefined;
      const found = file.read();
      if (found?.isFresh === true) joined ??= found.id;
      // Whether it still holds is asked before each write; until then nobody else has written.
      return found?.id === joined && !found?.isLost ? found : undefined;
    },
    end: async () => {
      const last = state;
      if (last?.kind === "held") {
        clearInterval(last.timer);
        await renewing;
        if (state?.kind === "held") await release(state);
      }
      if (last !== undefined && last.kind !== "seen") file.remove();
      state = undefined;
    },
  };

  /** Waits until the lease can be taken, and says on what condition. */
  async function whenFree(onWait: OnWait | undefined): Promise<Condition> {
    let since = performance.now();
    let seen: string | undefined;
    for (;;) {
      const found = await read();
      if (found === undefined) return { kind: "absent" };
      const { lease, etag } = found;
      // With this folder's lock in hand, whoever had it here is dead.
      if (lease.state === "released" || lease.owner === ownerOf(root)) return { kind: "etag", etag };
      if (seen !== undefined && seen !== etag) throw isHeld(lease);
      // Nobody may take over earlier than its holder says, and nobody waits for years.
      if (lease.seconds > LONGEST_LEASE_SECONDS) throw isTooLong(lease);
      if (seen === undefined) since = performance.now();
      seen = etag;
      if (performance.now() - since > lease.seconds * 1000) return { kind: "etag", etag };
      onWait?.(holderText(lease));
      await sleep(lookMs(lease.seconds));
    }
  }

  async function take(session: string, purpose: string, condition: Condition): Promise<void> {
    await requirePromises();
    const first: Lease = {
      state: "held",
      session,
      owner: ownerOf(root),
      machine: hostname(),
      process: process.pid,
      purpose,
      since: new Date().toISOString(),
      seconds,
      renewals: 0,
    };
    const etag = (await write(first, condition)) ?? (await etagOfOwn(first));
    const held = etag === undefined ? await takeOverMarker(first, condition) : { lease: first, etag };
    if (held === undefined) {
      state = { kind: "lost" };
      const found = await read();
      throw found?.lease.state === "held" ? isHeld(found.lease) : isTaken();
    }
    const timer = setInterval(() => void renew(), (seconds * 1000) / 3);
    timer.unref();
    state = { kind: "held", ...held, timer };
    file.write(session, { seconds });
  }

  /**
   * In a versioned bucket some servers take the marker of a lease that a person removed for one that is there. Over it no condition holds,
   * so whoever writes there looks a moment later whether another run did the same.
   */
  async function takeOverMarker(lease: Lease, condition: Condition) {
    if (condition.kind !== "absent" || (await read()) !== undefined) return undefined;
    const first = await write(lease);
    if (first === undefined) return undefined;
    await sleep(lookMs(seconds));
    const renewed = { ...lease, renewals: lease.renewals + 1 };
    const etag = await write(renewed, { kind: "etag", etag: first });
    return etag === undefined ? undefined : { lease: renewed, etag };
  }

  /** Renews it, once at a time. What fails in passing is tried again by the next one; until then it isn't fresh. @returns what failed */
  async function renew(): Promise<{ readonly error: unknown } | undefined> {
    renewing ??= renewOnce()
      .then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      .finally(() => {
        renewing = undefined;
      });
    return await renewing;
  }

  /** @throws what failed: whether it is still ours nobody can say then */
  async function requireRenewed(): Promise<void> {
    const failed = await renew();
    if (failed !== undefined) throw failed.error;
  }

  async function renewOnce(): Promise<void> {
    if (state?.kind !== "held") return;
    const { lease, etag, timer } = state;
    const renewed = { ...lease, renewals: lease.renewals + 1 };
    const answer = (await write(renewed, { kind: "etag", etag })) ?? (await etagOfOwn(lease));
    if (state?.kind !== "held") return;
    // What the run does may have been said anew meanwhile.
    const { purpose } = state.lease;
    if (answer === undefined) {
      clearInterval(timer);
      state = { kind: "lost" };
      file.write(lease.session, { seconds, lost: true });
    } else {
      state = { kind: "held", lease: { ...renewed, purpose }, etag: answer, timer };
      file.write(lease.session, { seconds });
    }
  }

  /** A renewal that was given up may have arrived: what lies there is this run's own then. */
  async function etagOfOwn({ session }: Lease): Promise<string | undefined> {
    const found = await read();
    return found?.lease.session === session && found.lease.state === "held" ? found.etag : undefined;
  }

  async function release({ lease, etag }: Extract<State, { kind: "held" }>): Promise<void> {
    const released: Lease = { ...lease, state: "released", renewals: lease.renewals + 1 };
    // Whoever comes next takes it over, a little later.
    await write(released, { kind: "etag", etag }).catch(() => undefined);
  }

  /** A stage's process goes by what its run says of the lease, and where that is silent by the lease itself. */
  async function requireJoined(): Promise<void> {
    const found = file.read();
    joined ??= found?.id;
    if (found?.id === joined && found?.isFresh === true) return;
    if (found?.isLost === true) throw await lost();
    await requireStillOurs();
  }

  async function requireStillOurs(): Promise<void> {
    const lease = (await read())?.lease;
    if (joined === undefined || lease?.session !== joined || lease.state !== "held") throw await lost();
  }

  function isFresh(): boolean {
    return file.read()?.isFresh === true;
  }

  function isHeld(lease: Lease): HeldError {
    return new HeldError(
      `another run holds the store ${address}: ${holderText(lease)}`,
      "run it again when that one has ended",
    );
  }

  function isTooLong(lease: Lease): InputError {
    return new InputError(
      `${where} says that it is held for ${lease.seconds} s, and a run asks for ${LONGEST_LEASE_SECONDS} s at most: ${holderText(lease)}`,
      removeHint,
    );
  }

  function isTaken(): HeldError {
    return new HeldError(
      `another run was quicker to take the store ${address}`,
      "run it again when that one has ended",
    );
  }

  async function lost(): Promise<TryLaterError> {
    const found = await read().catch(() => undefined);
    const by = found === undefined ? "" : `: ${holderText(found.lease)}`;
    return new TryLaterError(
      `another run has taken over the store ${address}${by}`,
      `this one was silent for longer than s3.lease (${seconds} s); run it again when that one has ended`,
    );
  }

  async function read(): Promise<{ lease: Lease; etag: string; modified: Date } | undefined> {
    try {
      const found = await bucket.get(key, undefined, SIZE_LIMITS.lease);
      if (found === undefined) return undefined;
      const { bytes, etag, modified } = found;
      return { lease: leaseFormat.read(parseJson(bytes, where), where), etag, modified };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(error.message, removeHint, { cause: error });
    }
  }

  async function write(lease: Lease, condition?: Condition): Promise<string | undefined> {
    const bytes = Buffer.from(jsonText(leaseFormat.write(lease)));
    const answer = await hurried.put(key, { bytes, sha256: sha256(bytes) }, condition);
    return answer.kind === "written" ? answer.etag : undefined;
  }
}

/** Milliseconds between two looks at a lease of such a length. */
function lookMs(seconds: number): number {
  return Math.min(2_000, (seconds * 1000) / 6);
}

/**
 * A folder on a machine since its start, by its lock file: no two that are there at once have the same, copies of one machine neither, and it
 * knows its own runs again.
 */
function ownerOf(root: string): string {
  const lock = statSync(join(root, ".churn", "lock"), { bigint: true, throwIfNoEntry: false });
  const { dev, ino } = lock ?? { dev: "", ino: randomUUID() };
  return createHash("sha256").update(`${startOfMachine()} ${hostname()} ${dev}:${ino}`).digest("hex");
}

/** Random where the kernel says none (macOS): then a run of this folder that died is waited for like another machine's. */
let unknownStart: string | undefined;
function startOfMachine(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  } catch {
    unknownStart ??= randomUUID();
    return unknownStart;
  }
}
