import { createHash } from "node:crypto";
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { measure, scratch } from "./process.mjs";
import { churn, LAST_DAY, prepareFirst } from "./workspaces.mjs";

/** The nights that all others are made of; their sample's days are like no other date in a workspace. */
const TEMPLATE = { first: "2020-01-01", better: "2020-01-02", not_better: "2020-01-03", failed: "2020-01-04" };
const DAY_MS = 86_400_000;
/** logs.keep: older ones a night would remove. */
const LOGGED_NIGHTS = 90;
/** A night begins at five by UTC, and somebody promotes what it registered three hours later. */
const HOUR_MS = 3_600_000;
const [NIGHT_HOUR, PROMOTION_HOUR] = [5, 8];
/** One of so many registered versions is promoted. */
const PROMOTED = 5;

/**
 * A workspace after so many nights up to the day before the sample's last: files, records, ledger, logs, messages, MLflow's runs and
 * versions, as nights leave them. Each is a real night, made once, under another date, with other ids, versions, times and digests;
 * tables and models are the same files on the disk. Some nights failed at a gate, and on some days nothing was started.
 *
 * @param {string} root    the workspace's folder, which must not be there
 * @param {number} nights  days, the missed ones included; the first and the last have a decided night
 * @param {number} [seed]  the same seed, the same story
 */
export function manyNights(root, nights, seed = 1) {
  const template = templateWorkspace();
  cpSync(template.root, root, { recursive: true, filter: (path) => !isOfNights(relative(template.root, path)) });
  cpSync(join(template.first, "customers.duckdb"), join(root, "customers.duckdb"));
  const random = numbersFrom(seed);
  const state = { version: 0, production: undefined, failing: [], before: undefined, ledger: [], versions: [] };
  for (let index = 0; index < nights; index += 1) {
    const night = new Date(Date.parse(LAST_DAY) - (nights - index) * DAY_MS).toISOString().slice(0, 10);
    const kind = index === 0 ? "first" : index === nights - 1 ? "not_better" : kindOf(random());
    if (kind === "missed") continue;
    addNight({ template, root, night, kind, state, random, isLogged: nights - index <= LOGGED_NIGHTS });
  }
  for (const version of state.versions) addVersion({ template, root, version, newest: state.version });
  const aliases = join(root, "mlruns", "models", "churn-model", "aliases");
  mkdirSync(aliases, { recursive: true });
  writeFileSync(join(aliases, "champion"), String(state.production));
  if (state.production !== state.version) writeFileSync(join(aliases, "challenger"), String(state.version));
  writeFileSync(join(root, "ledger.jsonl"), state.ledger.map((event) => `${JSON.stringify(event)}\n`).join(""));
}

function kindOf(number) {
  if (number < 0.03) return "missed";
  if (number < 0.06) return "failed";
  return number < 0.3 ? "better" : "not_better";
}

/** What every night adds to. */
function isOfNights(path) {
  if (/^(raw|processed|features|models|records|logs|ledger\.jsonl|notifications)(\/|$)/.test(path)) return true;
  return /^mlruns\/(models\/churn-model\/(version-|aliases)|\d{18}\/[0-9a-f]{32})/.test(path) || path === "customers.duckdb";
}

let made;

/** One real night of each kind, in a workspace of their own. */
function templateWorkspace() {
  if (made !== undefined) return made;
  const root = join(scratch, "template");
  const run = (...words) => measure(churn("-C", root, ...words));
  const night = (kind, ...settings) => ["run-all", "--date", TEMPLATE[kind], ...settings.flatMap((one) => ["--set", one])];
  run("init", "--sample", "--date", TEMPLATE.failed);
  run(...night("first", "train.rounds=5", "evaluate.threshold=0.4"));
  run("promote", "--version", "1", "--yes", "--reason", "the first one");
  run(...night("better", "train.rounds=40", "evaluate.threshold=0.4"));
  run(...night("not_better", "train.rounds=5", "evaluate.threshold=0.4", "compare.min_improvement=9"));
  measure(churn("-C", root, ...night("failed", "gates.row_count=99999")), { exitCode: 3 });
  const events = readFileSync(join(root, "ledger.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const registered = events.filter(({ event }) => event === "registered").map(({ night: of }) => of);
  if (registered.join() !== [TEMPLATE.first, TEMPLATE.better].join())
    throw new Error(`the sample's nights end otherwise by now: registered were ${registered.join(" and ")}`);
  const experiment = readdirSync(join(root, "mlruns")).find((name) => /^\d{18}$/.test(name)) ?? "";
  const trackingRuns = Object.fromEntries(
    readdirSync(join(root, "mlruns", experiment))
      .filter((name) => /^[0-9a-f]{32}$/.test(name))
      .map((name) => [readFileSync(join(root, "mlruns", experiment, name, "tags", "churn.night"), "utf8"), name]),
  );
  made = { root, first: prepareFirst(), events, experiment, trackingRuns };
  return made;
}

function addNight({ template, root, night, kind, state, random, isLogged }) {
  const from = TEMPLATE[kind];
  const own = template.events.filter((event) => event.night === from && event.run !== null);
  const { run, time } = own[0];
  const startsAt = Date.parse(night) + NIGHT_HOUR * HOUR_MS;
  const trackingRun = template.trackingRuns[from];
  const told = teller({
    words: {
      [template.root]: root,
      [from]: night,
      [new Date(Date.parse(from) - DAY_MS).toISOString().slice(0, 10)]: state.before ?? night,
      [run]: `${stampOf(startsAt)}-${hex(random, 4)}`,
      ...(trackingRun !== undefined && { [trackingRun]: hex(random, 32) }),
    },
    later: startsAt - Math.floor(Date.parse(time) / 1000) * 1000,
    versions: kind === "first" ? { 1: state.version + 1 } : { 1: state.production, 2: state.version + 1 },
  });

  const changed = new Map();
  for (const place of ["raw", "processed", "features", "models"])
    copy({ from: join(template.root, place, from), to: join(root, place, night), told, onWritten: (path, mark) => changed.set(relative(root, path), mark) });
  copy({ from: join(template.root, "records", from), to: join(root, "records", night), told: told.ofRecord(changed) });
  if (isLogged) copy({ from: join(template.root, "logs", from), to: join(root, "logs", night), told });
  for (const folder of ["notifications", "notifications/outbox"]) {
    for (const name of readdirSync(join(template.root, folder)).filter((one) => one.startsWith(from)))
      copy({ from: join(template.root, folder, name), to: join(root, folder, told.text(name)), told });
  }
  const runs = join("mlruns", template.experiment);
  if (trackingRun !== undefined)
    copy({ from: join(template.root, runs, trackingRun), to: join(root, runs, told.text(trackingRun)), told: told.ofMeta });

  const events = own.map((event) => ({ ...told.value(event), ...(event.event === "run_started" && { started_by: "cron" }) }));
  state.ledger.push(...(kind === "failed" ? events : withCleared(events, state)));
  if (kind === "failed") state.failing.push(night);
  else [state.failing, state.before] = [[], night];
  if (kind !== "first" && kind !== "better") return;
  state.version += 1;
  const version = { number: state.version, told, kind, night, trackingRun };
  state.versions.push(version);
  if (kind === "first" || random() < 1 / PROMOTED) promote({ template, state, version });
}

/** A night that is decided after some that failed says so. */
function withCleared(events, { failing }) {
  if (failing.length === 0) return events;
  return events.flatMap((event) => {
    if (event.event !== "registered" && event.event !== "not_registered") return [event];
    const { schema_version, churn_version, time, run, night } = event;
    const place = { schema_version, churn_version, event: "cleared", time, run, night };
    return [event, { ...place, what: "failing", since: failing[0], nights: failing.length }];
  });
}

function promote({ template, state, version }) {
  const deeds = template.events.filter(({ event }) => event === "promoted");
  const at = new Date(Date.parse(version.night) + PROMOTION_HOUR * HOUR_MS).toISOString();
  const replaced = state.production === undefined ? [] : [state.production];
  for (const deed of deeds)
    state.ledger.push({ ...deed, time: at, run: `${stampOf(Date.parse(at))}-0000`, version: version.number, promoted_at: at, replaced });
  const former = state.versions.find(({ number }) => number === state.production);
  if (former !== undefined) former.until = at;
  Object.assign(version, { since: at });
  state.production = version.number;
}

/** A version of the registry, as its own night and later promotions have left it. */
function addVersion({ template, root, version, newest }) {
  const { number, told, kind, night, trackingRun, since, until } = version;
  const model = join("mlruns", "models", "churn-model");
  const folder = join(root, model, `version-${number}`);
  copy({ from: join(template.root, model, `version-${kind === "first" ? 1 : 2}`), to: folder, told: told.ofMeta });
  const stage = since === undefined ? (number === newest ? "Staging" : "Archived") : until === undefined ? "Production" : "Archived";
  const meta = join(folder, "meta.yaml");
  writeFileSync(
    meta,
    readFileSync(meta, "utf8")
      .replace(/^version: .*$/m, `version: ${number}`)
      .replace(/^current_stage: .*$/m, `current_stage: ${stage}`)
      .replace(/\\n\\nPromoted on [^"]*/, ""),
  );
  const tag = (name, value) => {
    rmSync(join(folder, "tags", `churn.${name}`), { force: true });
    if (value !== undefined) writeFileSync(join(folder, "tags", `churn.${name}`), value);
  };
  tag("night", night);
  tag("promoted_at", since);
  tag("promoted_by", since && "maria");
  tag("promotion_reason", since && "the first one");
  tag("production_until", until);
  const files = join(root, "mlruns", template.experiment, told.text(trackingRun), "artifacts", "model");
  const lines = readdirSync(files).map((name) => `${sha256(readFileSync(join(files, name)))}  ${JSON.stringify(name)}\n`);
  const threshold = readFileSync(join(folder, "tags", "churn.threshold"), "utf8");
  tag("content_digest", sha256(`${lines.sort().join("")}threshold ${threshold}\n`));
}

/**
 * How a template's texts and values become another night's.
 *
 * @param {{ words: Record<string, string>, later: number, versions: Record<number, number> }} change  later: milliseconds
 */
function teller({ words, later, versions }) {
  const named = new RegExp(Object.keys(words).map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
  const text = (given) =>
    given
      .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, (time) => new Date(Date.parse(time) + later).toISOString())
      .replaceAll(named, (word) => words[word])
      .replaceAll(/\b(version )(\d+)\b/gi, (found, before, number) => (number in versions ? `${before}${versions[number]}` : found));
  const value = (given, key) => {
    if (typeof given === "string") return text(given);
    if (typeof given === "number") return /^(production_)?version$/.test(key ?? "") ? (versions[given] ?? given) : given;
    if (Array.isArray(given)) return given.map((one) => value(one));
    if (given === null || typeof given !== "object") return given;
    return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, value(one, name)]));
  };
  const file = (path, content, change = value) => {
    if (path.endsWith(".json")) {
      const given = JSON.parse(content);
      const changed = change(given);
      // Others write JSON in other ways.
      return JSON.stringify(changed) === JSON.stringify(given) ? content : `${JSON.stringify(changed, null, 2)}\n`;
    }
    if (path.endsWith(".jsonl")) return content.replaceAll(/^.+$/gm, (line) => JSON.stringify(change(JSON.parse(line))));
    return text(content);
  };
  const inMilliseconds = (content) => content.replaceAll(/\b1[6-9]\d{11}\b/g, (time) => String(Number(time) + later));
  return {
    text,
    value,
    file,
    ofMeta: { text, file: (path, content) => (path.endsWith("meta.yaml") ? inMilliseconds(text(content)) : file(path, content)) },
    ofRecord: (changed) => ({ text, file: (path, content) => file(path, content, (given) => withDigests(value(given), changed)) }),
  };
}

/** A record's references, with the sizes and digests of the files that are others now. */
function withDigests(given, changed) {
  if (Array.isArray(given)) return given.map((one) => withDigests(one, changed));
  if (given === null || typeof given !== "object") return given;
  if (given.kind === "file") return { ...given, ...changed.get(given.key) };
  if (given.kind === "folder")
    return { ...given, files: given.files.map((one) => ({ ...one, ...changed.get(`${given.key}/${one.name}`) })) };
  if (given.kind === "result") return { ...given, sha256: sha256(JSON.stringify(given.value)) };
  return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, withDigests(one, changed)]));
}

/** What a night shares with all others: large, and the same every night. */
const SHARED = /\.parquet$|\/model\.json$/;

/** Copies a file, or a folder with all that is in it. What changes is a file of its own; all else is one on the disk. */
function copy({ from, to, told, onWritten = () => {} }) {
  if (!existsSync(from)) return;
  if (statSync(from).isDirectory()) {
    for (const name of readdirSync(from)) copy({ from: join(from, name), to: join(to, told.text(name)), told, onWritten });
    return;
  }
  mkdirSync(dirname(to), { recursive: true });
  const content = SHARED.test(from) ? undefined : readFileSync(from, "utf8");
  const changed = content === undefined ? content : told.file(from, content);
  if (changed === content) linkSync(from, to);
  else {
    writeFileSync(to, changed);
    onWritten(to, { size_bytes: Buffer.byteLength(changed), sha256: sha256(changed) });
  }
}

/** As a run's id begins. */
function stampOf(moment) {
  return new Date(moment).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

function sha256(content) {
  return createHash("sha256").update(content).digest("hex");
}

function hex(random, digits) {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
}

/** Numbers in [0, 1): mulberry32. */
function numbersFrom(seed) {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
