import { canonicalJson, changedKeys } from "../config/digest.ts";
import type { Config } from "../config/schema.ts";
import { sha256 } from "../files/fingerprint.ts";
import { type Night, parseNight } from "../workspace/night.ts";
import { redactWithin } from "../workspace/redact.ts";
import { MASK, withoutSecrets } from "../workspace/secrets.ts";
import type { Services } from "../workspace/services.ts";
import { VERSIONS } from "../workspace/versions.ts";
import type { Archive } from "./archive.ts";
import type { Stage } from "./define.ts";
import { DECIDING_STAGE, digestOf, findArtifact, whatChanged } from "./inputs.ts";
import { laterNight, previousNight } from "./nights.ts";
import { readResult } from "./parts.ts";
import {
  lastAttempt,
  type Reference,
  type References,
  readAttempts,
  readSuccess,
  recordKey,
  type StageRecord,
} from "./record.ts";

/** What a stage would do tonight: the same work has the same digest. */
export interface Work {
  readonly inputs: References;
  /** the night that `previous` artifacts come from */
  readonly previous: string | undefined;
  /** the newest decided night of a later date, up to today */
  readonly later: Night | undefined;
  /** as records have it: without secrets */
  readonly config: Readonly<Record<string, unknown>>;
  readonly flags: Readonly<Record<string, unknown>>;
  /** of every stage, and the stage's own */
  readonly versions: Readonly<Record<string, string>>;
  readonly digest: string;
}

export type Freshness =
  | { readonly fresh: true; readonly record: StageRecord }
  | { readonly fresh: false; readonly reason: string; readonly first: boolean };

/**
 * Gathers what the stage's work depends on.
 *
 * @throws {InputError} when a stage before it has not succeeded
 */
export async function planWork(
  archive: Archive,
  stage: Stage,
  night: string,
  {
    config,
    services,
    today,
  }: { readonly config: Config; readonly services: Services /** YYYY-MM-DD */; readonly today: string },
  flags: Readonly<Record<string, unknown>>,
): Promise<Work> {
  const inputs: Record<string, References[string]> = {};
  for (const [name, artifact] of Object.entries(stage.needs))
    inputs[name] = await findArtifact(archive, artifact, night);

  const date = parseNight(night)?.date ?? night;
  const earlier = stage.previous === undefined ? undefined : await previousNight(archive, date);
  for (const [name, artifact] of Object.entries(earlier === undefined ? {} : (stage.previous ?? {}))) {
    inputs[`previous.${name}`] = await findArtifact(archive, artifact, earlier?.name ?? night);
  }

  const later = stage.later === true ? await laterNight(archive, date, today) : undefined;
  if (later !== undefined) inputs.later = decidedAs(later);

  // How long a call is repeated, and how many cores train, changes nothing that is made.
  const { deadline: _, ...tracking } = config.tracking;
  const { threads: __, ...train } = config.train;
  const counting = { ...config, tracking, train };
  const whole = Object.fromEntries(stage.reads.map((section) => [section, counting[section]]));
  const sections = { ...stage.alsoReads?.(config), ...whole };
  const digests = Object.fromEntries(Object.entries(inputs).map(([name, reference]) => [name, digestOf(reference)]));
  const versions = { ...VERSIONS, ...(await stage.versions?.({ config, services })) };
  // Not what is masked, which depends on the environment; and not a password that the environment put into an address.
  const open = redactWithin(sections, withoutSecrets);
  const digest = sha256(canonicalJson({ stage: stage.name, inputs: digests, config: open, flags, versions }));
  const masked = Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [name, redactWithin(section, archive.redact)]),
  );
  return { inputs, previous: earlier?.name, later, config: masked, flags, versions, digest };
}

/** That a night is decided, as a record has it. */
function decidedAs({ name }: Night): Reference {
  return { kind: "result", key: recordKey(name, DECIDING_STAGE), value: name, sha256: sha256(JSON.stringify(name)) };
}

/**
 * Whether the stage's last success still holds for this work, cheapest question first; if not, why.
 *
 * @param options.takesRefused  a person speaks for what the accepting stage has refused, and it can't be made again: it is to be taken as it lies there
 */
export async function assess(
  archive: Archive,
  stage: Stage,
  night: string,
  work: Work,
  {
    config,
    services,
    takesRefused = false,
  }: { readonly config: Config; readonly services: Services; readonly takesRefused?: boolean },
): Promise<Freshness> {
  const record = await readSuccess(archive, night, stage.name);
  if (record === undefined) return stale(...(await whyNot(archive, stage, night)));

  const reason =
    differentVersion(record, work) ??
    differentKey(record, work) ??
    differentInput(record, work) ??
    differentBehindMask(record, work) ??
    (await differentOutput(archive, record)) ??
    (await notAccepted(archive, stage, record, { night, takesRefused })) ??
    (await stage.outside?.({ config, services }, readResult(stage.result, record)));
  return reason === undefined ? { fresh: true, record } : stale(reason, false);
}

function stale(reason: string, first: boolean): Freshness {
  return { fresh: false, reason, first };
}

async function whyNot(archive: Archive, stage: Stage, night: string): Promise<[reason: string, first: boolean]> {
  const attempt = await lastAttempt(archive, night, stage.name);
  if (attempt === undefined) return ["has not run yet", true];
  const run = attempt.run.slice(-4);
  // The lock is ours: an attempt that still says "running" died.
  if (attempt.status === "failed") return [`failed in run ${run}`, false];
  // Killed between the attempt's last word and the success record, or the record was removed since.
  if (attempt.status === "succeeded") return [`its record is missing since run ${run}`, false];
  return [`interrupted in run ${run}`, false];
}

/** A version that the stage no longer depends on says nothing: 1.0.0 recorded ml-xgboost's for every stage. */
function differentVersion(record: StageRecord, work: Work): string | undefined {
  for (const [name, version] of Object.entries(work.versions)) {
    const before = record.versions[name];
    if (before !== version) return `${name} was ${before ?? "absent"}, is ${version}`;
  }
  return undefined;
}

/** Texts are masked by the environment of their day: with the same digest they are the same. */
function differentKey(record: StageRecord, work: Work): string | undefined {
  if (record.digest === work.digest) return undefined;
  const [key] = changedKeys(record.config, work.config, isMasked);
  if (key !== undefined) return `${key} changed`;
  const [flag] = changedKeys(record.flags, work.flags);
  return flag === undefined ? undefined : `--${flag.replaceAll("_", "-")} changed`;
}

/** Two texts that are both masked look alike; digests are taken over what isn't masked. */
function differentBehindMask(record: StageRecord, work: Work): string | undefined {
  const isBehind = isMasked(work.config) || isMasked(record.config);
  return isBehind && record.digest !== work.digest ? "what is masked in churn.yaml changed" : undefined;
}

function isMasked(value: unknown): boolean {
  return canonicalJson(value).includes(MASK);
}

function differentInput(record: StageRecord, work: Work): string | undefined {
  for (const name of new Set([...Object.keys(work.inputs), ...Object.keys(record.inputs)])) {
    const now = work.inputs[name];
    const before = record.inputs[name];
    if (now === undefined) return `${name} is no longer needed`;
    if (before !== undefined && digestOf(before) === digestOf(now)) continue;
    return name === "later" ? "a later night was decided" : `${now.key} changed`;
  }
  return undefined;
}

async function differentOutput(archive: Archive, record: StageRecord): Promise<string | undefined> {
  for (const reference of Object.values(record.outputs)) {
    const change = await whatChanged(archive.store, reference);
    if (change !== undefined) return change;
  }
  return undefined;
}

async function notAccepted(
  archive: Archive,
  stage: Stage,
  record: StageRecord,
  { night, takesRefused }: { readonly night: string; readonly takesRefused: boolean },
): Promise<string | undefined> {
  if (stage.final === undefined) return undefined;
  const { acceptedBy } = stage.final;
  const has = (judged: StageRecord | undefined) => {
    const inputs = new Set(Object.values(judged?.inputs ?? {}).map(digestOf));
    return Object.values(record.outputs).every((reference) => inputs.has(digestOf(reference)));
  };
  if (has(await readSuccess(archive, night, acceptedBy))) return undefined;
  if (takesRefused) {
    for await (const attempt of readAttempts(archive, night, acceptedBy))
      if (attempt.status === "failed" && has(attempt)) return undefined;
  }
  return `${acceptedBy} has not accepted it yet`;
}
