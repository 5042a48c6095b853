import * as z from "zod";
import { closest } from "../cli/suggestions.ts";
import { UsageError } from "../errors.ts";
import { expectation, found } from "./expectation.ts";
import { core, isRequired, nameOf, namesIn, pathOf, schemaAt } from "./keys.ts";
import { suggestKey } from "./suggest-key.ts";
import { isTree } from "./tree.ts";

type Path = readonly PropertyKey[];
type Issue = z.core.$ZodIssue;

/** What is known about where values stand and which must not be shown. */
export interface Source {
  /** the configuration as it was judged */
  readonly value: unknown;
  /** the place of a path, for messages: churn.yaml line 14 */
  placeOf(path: Path): string;
  redact(text: string): string;
}

interface Problem {
  readonly place: string;
  readonly what: string;
  readonly hint?: string | undefined;
}

/** What zod found, as one error: a single problem with its hint, or one line a problem, each with its own. */
export function configError(issues: readonly Issue[], source: Source): UsageError {
  const flat = issues.flatMap((issue) => withinUnion(issue, source));
  const problems = [...missingKeys(flat, source), ...flat.flatMap((issue) => problemsOf(issue, source))];
  problems.sort((a, b) => byPlace(a.place, b.place));
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return new UsageError(`${first.place}: ${first.what}`, first.hint);
  const lines = problems.map(({ place, what, hint }) => `${place}: ${what}${hint === undefined ? "" : ` (${hint})`}`);
  return new UsageError(lines, "churn config shows whether all is mended");
}

/** Where a value may be one of several kinds and is a map, what is wrong is what is wrong in the map. */
function withinUnion(issue: Issue, source: Source): Issue[] {
  if (issue.code !== "invalid_union" || !isTree(valueAt(source.value, issue.path))) return [issue];
  const maps = issue.errors.filter((errors) =>
    errors.every(({ code, path }) => path.length > 0 || (code !== "invalid_type" && code !== "invalid_value")),
  );
  const [errors] = maps;
  if (errors === undefined || maps.length > 1) return [issue];
  return errors.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** All keys that are required and absent, as one problem. */
function missingKeys(issues: readonly Issue[], source: Source): Problem[] {
  const paths = issues.filter((issue) => isMissing(issue, source)).flatMap(({ path }) => requiredWithin(path));
  if (paths.length === 0) return [];
  const names = paths.map(nameOf);
  const last = names.pop() ?? "";
  return [
    {
      place: "churn.yaml",
      what: names.length === 0 ? `${last} is missing` : `${names.join(", ")} and ${last} are missing`,
      hint: "churn init in an empty folder writes a churn.yaml to start from",
    },
  ];
}

function isMissing(issue: Issue, source: Source): boolean {
  return issue.code !== "unrecognized_keys" && valueAt(source.value, issue.path) === undefined;
}

function requiredWithin(path: Path): Path[] {
  const schema = schemaAt(path);
  const names = schema && namesIn(schema);
  if (names === undefined) return [path];
  const required = names.flatMap((name) => {
    const part = schemaAt([...path, name]);
    return part !== undefined && isRequired(part) ? requiredWithin([...path, name]) : [];
  });
  // Where any of several would do, the first stands for them.
  return required.length > 0 ? required : names.slice(0, 1).map((name) => [...path, name]);
}

function problemsOf(issue: Issue, source: Source): Problem[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, issue, source));
  if (isMissing(issue, source)) return [];
  const { path } = issue;
  const place = source.placeOf(path);
  const name = nameOf(path);
  if (issue.code === "invalid_key") return [{ place, what: `${name} has a name that is empty or not allowed there` }];

  const schema = schemaAt(path);
  const value = valueAt(source.value, path);
  if (issue.code === "custom" && (isTree(value) || schema === undefined)) {
    return [{ place, what: issue.message }];
  }
  const wanted = issue.code === "custom" || schema === undefined ? issue.message : expectation(schema);
  const subject = name === "" ? "this file" : name;
  const isUnquoted = wanted === "text" && (typeof value === "number" || typeof value === "boolean");
  const hint = isUnquoted ? `write it in quotes: "${value}"` : nextStep(issue);
  return [{ place, what: `${subject} must be ${wanted}, but is ${found(value, source.redact)}`, hint }];
}

/** What a section says is to be done. */
const advice = z.object({ next: z.string() });

function nextStep(issue: Issue): string | undefined {
  return issue.code === "custom" ? advice.safeParse(issue.params).data?.next : undefined;
}

function unknownKey(key: string, issue: Issue & { code: "unrecognized_keys" }, source: Source): Problem {
  const path = [...issue.path, key];
  const hint = replacement(key, issue) ?? hintFor(key, issue.path);
  return { place: source.placeOf(path), what: `unknown key ${nameOf(path)}`, hint };
}

/** A section may know what takes a key's place; it says so in zod's message as "key: what to do". */
function replacement(key: string, { message }: Issue): string | undefined {
  const part = message.split(", ").find((text) => text.startsWith(`${key}: `));
  return part?.slice(key.length + 2);
}

function hintFor(key: string, section: Path): string {
  const schema = schemaAt(section);
  const names = (schema && (namesIn(schema) ?? namesInUnion(schema))) ?? [];
  const sibling = closest(key, names);
  const name = nameOf([...section, key]);
  const meant = sibling === undefined ? suggestKey(name) : nameOf([...section, sibling]);
  if (meant === name)
    return `${name.split(".").length > 2 ? "the dots stand for sections" : "the dot stands for a section"}: write ${pathOf(name).join(": { ")}: …${" }".repeat(name.split(".").length - 1)}`;
  if (meant !== undefined) return `did you mean ${meant}?`;
  return `${section.length === 0 ? "churn.yaml" : nameOf(section)} takes ${names.join(", ")}`;
}

function namesInUnion(schema: z.core.$ZodType): readonly string[] | undefined {
  const inner = core(schema);
  if (!(inner instanceof z.ZodUnion)) return undefined;
  return inner.def.options.map((option: z.core.$ZodType) => namesIn(option)).find((names) => names !== undefined);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => {
    if (Array.isArray(part)) return part[Number(key)];
    return isTree(part) && Object.hasOwn(part, key) ? part[String(key)] : undefined;
  }, value);
}

/** Missing keys first, then by line of churn.yaml, then the others in their order. */
function byPlace(a: string, b: string): number {
  return lineIn(a) - lineIn(b);
}

function lineIn(place: string): number {
  if (place === "churn.yaml") return 0;
  const line = /^churn\.yaml line (\d+)$/.exec(place)?.[1];
  return line === undefined ? Number.MAX_SAFE_INTEGER : Number(line);
}
