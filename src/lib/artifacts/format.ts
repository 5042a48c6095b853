import * as z from "zod";
import { InputError, NewerVersionError, RESTORE_HINT } from "../errors.ts";
import { VERSIONS } from "../workspace/versions.ts";

/**
 * What churn writes as JSON, in every version that was released. Each value says its version, so that a newer churn reads what
 * an older one wrote, and an older one refuses what it can't know instead of reading it wrong.
 */
export interface Format<Schema extends z.ZodObject = z.ZodObject> {
  /** the version that is written */
  readonly version: number;
  /** its fields */
  readonly schema: Schema;
  readonly upgrades: Upgrades;
  /** What a version wrote: its fields, after the ones that say the version. */
  written(version: number): z.ZodObject;
  /**
   * The fields of a value of any released version, as the present version has them.
   *
   * @param where   what is read, for messages: models/2026-11-23/evaluation.json
   * @param writer  the churn that wrote it, where that stands elsewhere
   * @throws {InputError} naming the field that is damaged
   * @throws {NewerVersionError} when a newer churn wrote it, in a version that this one doesn't know
   */
  read(value: unknown, where: string, writer?: string): z.output<Schema>;
  /** The value to write: the fields, after the ones that say the version. */
  write(fields: z.input<Schema>): Readonly<Record<string, unknown>>;
}

/** By older version: its fields, and how they become the next version's. */
export type Upgrades = Readonly<Record<number, Upgrade>>;

export interface Upgrade {
  readonly schema: z.ZodObject;
  convert(fields: unknown): unknown;
}

/** The step from one version's fields to the next one's. */
export function upgrade<Old extends z.ZodObject, Next extends z.ZodObject>(
  schema: Old,
  next: Next,
  convert: (fields: z.output<Old>) => z.input<Next>,
): Upgrade {
  return { schema, convert: (fields) => next.parse(convert(schema.parse(fields))) };
}

interface Definition<Schema extends z.ZodObject> {
  readonly version: number;
  readonly schema: Schema;
  /** one for each version before */
  readonly upgrades: Upgrades;
}

/**
 * A file: `schema_version` and `churn_version`, the churn that wrote it.
 *
 * @param definition.signedFrom  the first version that names its churn: 2 for a file that 1.0.0 wrote already, 1 for a later one
 */
export function defineFormat<Schema extends z.ZodObject>({
  signedFrom = 2,
  ...definition
}: Definition<Schema> & { readonly signedFrom?: 1 | 2 }): Format<Schema> {
  return format(definition, (version) =>
    version < signedFrom ? ["schema_version"] : ["schema_version", "churn_version"],
  );
}

/**
 * A part of a stage's record, which names its churn for all parts: `schema_version`, from version 2 on. What has none is of
 * version 1.
 *
 * @param shape     the fields of the newest version
 * @param upgrades  one for each version before
 */
export function recordPart<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  upgrades: Upgrades = {},
): Format<z.ZodObject<Shape, z.core.$strict>> {
  const version = Object.keys(upgrades).length + 1;
  const schema = z.strictObject(shape);
  return format({ version, schema, upgrades }, (of) => (of === 1 ? [] : ["schema_version"]));
}

/** What a value of any version says of itself; what says no version is of the first. */
const stamp = z.looseObject({ schema_version: z.int().positive().default(1), churn_version: z.string().optional() });
type StampField = "schema_version" | "churn_version";

function format<Schema extends z.ZodObject>(
  { version, schema, upgrades }: Definition<Schema>,
  stampOf: (version: number) => readonly StampField[],
): Format<Schema> {
  const older = Array.from({ length: version - 1 }, (_, index) => {
    const step = upgrades[index + 1];
    if (step === undefined) throw new Error(`no upgrade from version ${index + 1} to ${index + 2}`);
    return step;
  });

  const written = (of: number) => {
    const stamps = { schema_version: z.literal(of), churn_version: z.string().describe("the churn that wrote it") };
    const fields: z.ZodObject = older[of - 1]?.schema ?? schema;
    return z.strictObject({ ...pick<z.ZodType>(stamps, stampOf(of)), ...fields.shape });
  };

  return {
    version,
    schema,
    upgrades,
    written,
    read(value, where, writer) {
      const { schema_version, churn_version = writer, ...fields } = parse(stamp, value, where);
      if (schema_version > version) throw newer(where, churn_version);
      const steps = older.slice(schema_version - 1);
      const [first] = steps;
      if (first === undefined) return parse(schema, fields, where);
      // What is wrong before the first step is the file's fault, what is wrong after it would be churn's.
      parse(first.schema, fields, where);
      return schema.parse(steps.reduce<unknown>((old, step) => step.convert(old), fields));
    },
    write: (fields) =>
      written(version).parse({
        ...pick<number | string>({ schema_version: version, churn_version: VERSIONS.churn }, stampOf(version)),
        ...fields,
      }),
  };
}

function pick<Value>(values: Readonly<Record<StampField, Value>>, names: readonly StampField[]): Record<string, Value> {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, where: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.length ? `${issue.path.join(".")}: ` : "";
  throw new InputError(`${where} is damaged: ${field}${issue?.message ?? "unreadable"}`, RESTORE_HINT);
}

function newer(where: string, writer: string | undefined): NewerVersionError {
  // Of one version there may be two builds.
  const other = writer === undefined || writer === VERSIONS.churn ? "a newer churn" : `churn ${writer}`;
  return new NewerVersionError(
    `${where} was written by ${other}, this is churn ${VERSIONS.churn}`,
    "install the newer churn again",
  );
}
