import { type Check, type Finding, findingOf, findingOfAny, type Looking, type Place } from "./check.ts";

/** What became of one check. */
export interface Looked {
  readonly name: string;
  /** never none */
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

/** Whoever watches. */
export interface Watcher {
  /** @param looking  the names of those that look still */
  onChange(looking: readonly string[], done: number, all: number): void;
  /** Hears what was found in the order of the checks: as soon as that is known, and all before it. */
  onFound(looked: Looked): void;
}

/**
 * Has all checks look, at once, each for so long and no longer. Those that have nothing to look at say nothing.
 *
 * @param seconds  that each of them has
 * @returns what they found, in their order
 */
export async function lookAtAll(
  checks: readonly Check[],
  place: Place,
  seconds: number,
  watcher: Watcher,
): Promise<readonly Looked[]> {
  const applying = checks.filter((check) => applies(check, place));
  const found: (Looked | undefined)[] = applying.map(() => undefined);
  const looking = new Set<Check>();
  let told = 0;
  const perform = async (check: Check) => {
    looking.add(check);
    found[applying.indexOf(check)] = await lookWithin(check, place, seconds);
    looking.delete(check);
    for (let next = found[told]; next !== undefined; next = found[told]) {
      told += 1;
      watcher.onFound(next);
    }
    const done = found.filter((looked) => looked !== undefined).length;
    watcher.onChange(
      [...looking].map(({ name }) => name),
      done,
      applying.length,
    );
  };
  const all = (isLast: boolean) =>
    Promise.all(applying.filter((check) => (check.isLast ?? false) === isLast).map((check) => perform(check)));
  await all(false);
  await all(true);
  return found.filter((looked) => looked !== undefined);
}

let left = false;

/** Whether a check was given up that works on: the process must not wait for it when it ends. */
export function isCheckLeft(): boolean {
  return left;
}

/** Of what may have nothing to look at nothing is said where that can't be known. */
function applies(check: Check, { opened }: Place): boolean {
  if (check.kind === "place" || check.applies === undefined) return true;
  return opened !== undefined && check.applies(opened);
}

async function lookWithin(check: Check, place: Place, seconds: number): Promise<Looked> {
  const start = performance.now();
  const over = new AbortController();
  let doing: Parameters<Looking["doing"]> = [check.name, "warning"];
  const noted: Finding[] = [];
  const looking: Looking = {
    seconds,
    signal: over.signal,
    doing: (...now) => {
      doing = now;
    },
    note: (finding) => void noted.push(finding),
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      left = true;
      over.abort();
      resolve([lateFinding(doing, seconds)]);
    }, seconds * 1000);
  });
  const rest = await Promise.race([findings(check, place, looking), late]);
  clearTimeout(timer);
  // What comes too late is nobody's any more.
  const found = [...noted, ...rest];
  return {
    name: check.name,
    findings: found.map((finding) =>
      finding.state === "problem" && check.stage !== undefined ? { stage: check.stage, ...finding } : finding,
    ),
    seconds: (performance.now() - start) / 1000,
  };
}

/** Never rejects: what a check throws is what it found. */
async function findings(check: Check, place: Place, looking: Looking): Promise<readonly Finding[]> {
  try {
    if (check.kind === "place") return await check.look(place, looking);
    const { opened } = place;
    if (opened === undefined) return [{ state: "unknown", text: `not looked at: ${whatComesFirst(place)} first` }];
    const section = check.reads.find((name) => opened.broken.has(name));
    if (section === undefined) return await check.look(opened, looking);
    const error = opened.broken.get(section);
    if (error !== undefined) return [findingOf(error)];
    return [{ state: "unknown", text: `not looked at: ${section} in churn.yaml first` }];
  } catch (error) {
    return [findingOfAny(error)];
  }
}

function whatComesFirst({ root, environment }: Place): string {
  if (root.kind === "missing") return "a workspace";
  return environment.kind === "missing" ? ".env" : "churn.yaml";
}

function lateFinding([what, late]: Parameters<Looking["doing"]>, seconds: number): Finding {
  const next = ["churn doctor --timeout 60s waits longer"];
  if (late === "problem")
    return { state: "problem", text: `${what} doesn't answer within ${seconds} s`, exitCode: 5, next };
  return { state: "warning", text: `${what} takes longer than ${seconds} s`, next };
}
