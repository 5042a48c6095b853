import { createHash } from "node:crypto";
import { basename, relative } from "node:path";
import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { spelledTimezone } from "../workspace/timezone.ts";
import type { Start } from "./start.ts";
import { watchdogTime } from "./watchdog-time.ts";
import { scheduledWords } from "./words.ts";

/** A file of systemd's. */
export interface Unit {
  /** where it belongs */
  readonly path: string;
  readonly text: string;
}

/** The service of a night, or of the watchdog, and the timer that starts it. */
export interface Units {
  readonly service: Unit;
  readonly timer: Unit;
}

/** Of the whole system: a user's own manager ends with the user's last session, and can't close off a service as far. */
const UNIT_FOLDER = "/etc/systemd/system";

/** What is left to a run that has used up run.timeout: to tell the team, the tracking server and the heartbeat, each with a deadline. */
const AFTER_TIMEOUT_SECONDS = 900;
/** Stages that wait for a service until run.retries.deadline, each for itself, and the start before them. */
const RETRIED_STAGES = 10;
/** A stage that is asked to stop has three seconds; the rest is for what the run itself has to write and to tell. */
const STOP_SECONDS = 90;

/** The name that the two units of a workspace share: of its folder, and of its whole path. */
export function unitName(root: string): string {
  const word = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 40);
  const digest = createHash("sha256").update(root).digest("hex").slice(0, 6);
  return ["churn", ...(word === "" || word === "churn" ? [] : [word]), digest].join("-");
}

/** Behind the name of a workspace's units, of its watchdog. */
const WATCHDOG = "-watchdog";

/** Where systemd has a workspace's timer. */
export function timerPath(root: string, folder = UNIT_FOLDER): string {
  return `${folder}/${unitName(root)}.timer`;
}

/** Where it has that of its watchdog. */
export function watchdogTimerPath(root: string, folder = UNIT_FOLDER): string {
  return `${folder}/${unitName(root)}${WATCHDOG}.timer`;
}

/** What units are made of. */
interface UnitMeans {
  readonly start: Start;
  readonly user: string;
  readonly home: string | undefined;
  readonly folders: readonly string[];
  readonly config: Config;
}

/**
 * The two units of a night. Of the service's hardening `systemd-analyze security` makes 2.1 of 10, 10 being bare.
 *
 * @param start    what is started; what it prints goes to the journal, so it isn't asked to be quiet
 * @param user     as whom
 * @param home     that user's folder
 * @param folders  that a night writes to, absolute: the workspace, and store and tracking where they lie elsewhere
 * @param config   of it when a night begins, how long it may take, and whether it names a place below the home folders
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
 */
export function unitsOf(means: UnitMeans): Units {
  const { start, config } = means;
  return pairOf(means, {
    name: unitName(start.root),
    words: scheduledWords("a night", "timer", config),
    what: `The night of ${start.root}`,
    when: `When the night of ${start.root} begins`,
    at: config.schedule.at,
    seconds: longestSeconds(config),
    // A machine that was off makes up for it when it is on again, once.
    extra: ["Persistent=true"],
  });
}

/** Those of the watchdog, likewise: what it found the journal has, and a unit that failed. A look that was missed is not made up for. */
export function watchdogUnitsOf(means: UnitMeans): Units {
  const { start, config } = means;
  return pairOf(means, {
    name: `${unitName(start.root)}${WATCHDOG}`,
    words: scheduledWords("the watchdog", "timer", config),
    what: `The watchdog of ${start.root}`,
    when: `When the watchdog of ${start.root} looks`,
    at: watchdogTime(config.watchdog),
    seconds: secondsOf(config.tracking.deadline) + secondsOf(config.notify.deadline) + AFTER_TIMEOUT_SECONDS,
    extra: [],
  });
}

/**
 * Seconds that all may take which a night's timer starts, each part of it to its own end: run.timeout ends a night itself, and tells why.
 * Another run is waited for, a service that is down as well, and days that are caught up are nights like tonight's, between which other
 * runs come in.
 */
function longestSeconds({ run, schedule: { catch_up, wait_lock } }: Config): number {
  const night = secondsOf(run.timeout) + RETRIED_STAGES * secondsOf(run.retries.deadline) + AFTER_TIMEOUT_SECONDS;
  const first = wait_lock === null ? 0 : secondsOf(wait_lock);
  if (catch_up === null) return first + night;
  // By what run-all goes too: whoever came in between two nights is waited for as long as a run may take.
  const between = wait_lock === null ? secondsOf(run.timeout) : first;
  const telling = between + AFTER_TIMEOUT_SECONDS;
  return catch_up * (between + night) + telling + between + night;
}

interface UnitJob {
  readonly name: string;
  /** behind churn -C WORKSPACE */
  readonly words: readonly string[];
  readonly what: string;
  readonly when: string;
  /** HH:MM by the workspace's clocks */
  readonly at: string;
  /** that it may take */
  readonly seconds: number;
  /** lines of the timer */
  readonly extra: readonly string[];
}

function pairOf({ start, user, home, folders, config }: UnitMeans, job: UnitJob): Units {
  const { node, program, root, variables } = start;
  const paths = [node, program, ...folders, ...Object.values(variables)];
  // Where the user has none that is known, its files of credentials may lie anywhere.
  const readsHomes = home === undefined || needsHomes([...paths, home], config);
  const [executable = "", ...words] = [node, program, "-C", root, ...job.words];
  const command = [unitWord(executable), ...words.map((word) => unitWord(word).replaceAll("$", "$$$$"))].join(" ");
  const service = [
    "[Unit]",
    `Description=${specifiers(job.what)}, by churn`,
    "Wants=network-online.target",
    "After=network-online.target",
    "",
    "[Service]",
    "Type=oneshot",
    `User=${specifiers(user)}`,
    ...Object.entries(variables).map(([variable, value]) => `Environment=${unitWord(`${variable}=${value}`)}`),
    `ExecStart=${command}`,
    `TimeoutStartSec=${job.seconds}`,
    `TimeoutStopSec=${STOP_SECONDS}`,
    // A stop is said to run-all alone, which ends its stages in order: a second signal would skip their clean-up.
    "KillMode=mixed",
    "UMask=0077",
    "",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    `ReadWritePaths=${outermost(folders).map(unitWord).join(" ")}`,
    `ProtectHome=${readsHomes ? "read-only" : "yes"}`,
    ...(paths.some((path) => TEMPORARY.test(path)) ? [] : ["PrivateTmp=yes"]),
    ...HARDENING,
    "",
  ];
  const timer = [
    "[Unit]",
    `Description=${specifiers(job.when)}`,
    "",
    "[Timer]",
    `OnCalendar=*-*-* ${job.at}:00 ${spelledTimezone(config.timezone)}`,
    ...job.extra,
    "AccuracySec=1s",
    "",
    "[Install]",
    "WantedBy=timers.target",
    "",
  ];
  return {
    service: { path: `${UNIT_FOLDER}/${job.name}.service`, text: service.join("\n") },
    timer: { path: `${UNIT_FOLDER}/${job.name}.timer`, text: timer.join("\n") },
  };
}

/** Without MemoryDenyWriteExecute: Node makes code while it runs, and would be killed at its start. */
const HARDENING = [
  "PrivateDevices=yes",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectControlGroups=yes",
  "ProtectClock=yes",
  "ProtectHostname=yes",
  "ProtectProc=invisible",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  // The last one is how a process learns of the machine's addresses.
  "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallErrorNumber=EPERM",
];

/** Where PrivateTmp hides all. */
const TEMPORARY = /^\/(?:var\/)?tmp\//;
/** Where ProtectHome hides all. */
const HOMES = /(?:^|[^\w.-])\/(?:home|root|run\/user)(?:\/|$)/;

/** Whether a night reads below the home folders: what it starts, the user's own files of credentials, what churn.yaml names. */
function needsHomes(paths: readonly string[], { source, store, tracking, train }: Config): boolean {
  const named = [source.url, ...(source.command ?? []), source.query, ...(source.files ?? []), store, tracking.uri];
  return [...paths, ...named, train.library].some((text) => text !== undefined && HOMES.test(text));
}

/** Without those that lie in another one. */
function outermost(folders: readonly string[]): string[] {
  const isWithin = (folder: string, other: string) => {
    const path = relative(other, folder);
    return path !== "" && path !== ".." && !path.startsWith("../");
  };
  return [...new Set(folders)].filter((folder) => !folders.some((other) => isWithin(folder, other)));
}

/** A word of a unit, in quotes where it needs them. */
function unitWord(word: string): string {
  const text = specifiers(word);
  return /^[\w@+=:,./%-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** %b would be the machine's boot id. */
function specifiers(text: string): string {
  return text.replaceAll("%", "%%");
}

/** What a workspace's two units say, where they have the form of churn's own. */
export interface ParsedUnits {
  /** HH:MM; undefined where it isn't one time a day */
  readonly at: string | undefined;
  /** undefined where the timer names none, and goes by the machine's clock */
  readonly zone: string | undefined;
  /** what the service starts; undefined where it doesn't start a program of Node's in a workspace */
  readonly starts: Pick<Start, "node" | "program" | "root"> | undefined;
  /** behind churn -C WORKSPACE */
  readonly words: readonly string[];
}

/** Reads units that `unitsOf` has made, and somebody may have changed. */
export function parseUnits(service: string, timer: string): ParsedUnits {
  const [, at, zone] = /^OnCalendar=\*-\*-\* (\d\d:\d\d):00(?: (\S+))?$/m.exec(timer) ?? [];
  const command = /^ExecStart=(.*)$/m.exec(service)?.[1] ?? "";
  const words = [...command.matchAll(/"((?:\\.|[^"\\])*)"|([^\s"]+)/g)].map(([, quoted, plain]) =>
    (quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "").replaceAll("%%", "%").replaceAll("$$", "$"),
  );
  const [node, program, option, root, ...rest] = words;
  const isOurs = node !== undefined && program !== undefined && option === "-C" && root !== undefined;
  return { at, zone, starts: isOurs ? { node, program, root } : undefined, words: isOurs ? rest : [] };
}
