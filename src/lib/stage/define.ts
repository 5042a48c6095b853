import type * as z from "zod";
import type { Artifact, Inputs, JsonArtifact, Outputs, ResultArtifact } from "../artifacts/artifact.ts";
import type { Format } from "../artifacts/format.ts";
import type { Config, ConfigSection } from "../config/schema.ts";
import type { ChurnError } from "../errors.ts";
import type { Told } from "../ledger/events.ts";
import type { Night } from "../workspace/night.ts";
import type { ServiceName, Services } from "../workspace/services.ts";

type Artifacts = Readonly<Record<string, Artifact>>;
type Earlier = Readonly<Record<string, JsonArtifact | ResultArtifact>>;

/** An earlier night's artifacts, or undefined while no earlier night is decided. */
export type Previous<Names extends Earlier> = Inputs<Names> | undefined;

/** Everything a stage may touch: its declared inputs, outputs, services, flags and parts of churn.yaml, and nothing else. */
export interface StageContext<
  Needs extends Artifacts,
  Produces extends Artifacts,
  Before extends Earlier,
  Reads extends ConfigSection,
  Flags,
  Checkpoint,
  Uses extends ServiceName,
> {
  /** the night's name, which keys carry: 2026-11-23 or 2026-11-23.2 */
  readonly night: string;
  /** the snapshot's date, YYYY-MM-DD */
  readonly date: string;
  /** today in the configured time zone, YYYY-MM-DD: whether a missing snapshot may still come is all it decides */
  readonly today: string;
  readonly runId: string;
  /** who started it; behind sudo the person as well as the user */
  readonly person: string;
  /** the id that every record names */
  readonly workspaceId: string;
  readonly inputs: Inputs<Needs>;
  readonly outputs: Outputs<Produces>;
  readonly previous: Previous<Before>;
  /** the newest decided night of a later date, for a stage that asks; undefined while there is none */
  readonly later: Night | undefined;
  /** what tells which version was in production when, for a stage that asks for `later` */
  history(): Promise<Told>;
  readonly config: Readonly<Pick<Config, Reads>>;
  readonly services: Pick<Services, Uses>;
  readonly flags: Flags;
  /** SHA-256 over inputs, configuration, flags and versions: the same work has the same digest. */
  readonly digest: string;
  /** A structured line in the run's log. */
  log(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** A line that people see as well. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** The same, calmly and at once: why the work stands still. */
  notice(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Where the work stands, for the terminal: "round 61 of 100", and the share done where it is known. */
  progress(text: string, share?: number): void;
  /** What the newest earlier attempt had finished, with the digest of its work, and a way to say it for the next one. */
  readonly checkpoint: {
    readonly last:
      | {
          readonly digest: string;
          readonly value: Checkpoint;
          /** whether it need not be done again: that is asked for where a stage that has succeeded is forced */
          readonly resumable: boolean;
        }
      | undefined;
    save(value: Checkpoint): Promise<void>;
  };
}

/**
 * A stage is a step from files to files, and a value: what it needs, makes and reads is declared, so that records,
 * freshness, flags and help follow from it.
 */
export interface Stage<
  Needs extends Artifacts = Artifacts,
  Produces extends Artifacts = Artifacts,
  Before extends Earlier = Earlier,
  Reads extends ConfigSection = ConfigSection,
  Flags extends z.ZodObject = z.ZodObject,
  Result extends z.ZodObject = z.ZodObject,
  Checkpoint extends z.ZodObject = z.ZodObject,
  Uses extends ServiceName = ServiceName,
> {
  readonly name: string;
  /** one line for help and README */
  readonly summary: string;
  readonly needs: Needs;
  readonly produces: Produces;
  /** artifacts of the newest decided night of an earlier date, recorded as inputs */
  readonly previous?: Before;
  /** whether it asks for a later date that is decided already, which is recorded as an input */
  readonly later?: boolean;
  readonly reads: readonly Reads[];
  /** of other sections what its work depends on as this configuration is: recorded, and part of its freshness */
  alsoReads?(config: Config): Readonly<{ [Section in ConfigSection]?: Partial<Config[Section]> }>;
  /** what it uses besides its files, and whose sections of churn.yaml it therefore reads */
  readonly uses?: readonly Uses[];
  readonly flags: Flags;
  readonly result: Format<Result>;
  readonly checkpoint?: Format<Checkpoint>;
  /**
   * For a stage that looks outside: what has changed there since this result, as a sentence, or undefined when the result
   * still holds. Part of the stage's freshness.
   */
  outside?(
    context: { readonly config: Readonly<Pick<Config, Reads>>; readonly services: Pick<Services, Uses> },
    result: z.infer<Result>,
  ): Promise<string | undefined>;
  /** The stage that makes this one's files final: until it has accepted them, this one runs again. */
  readonly final?: { readonly acceptedBy: string };
  /**
   * Refuses what is wrong in the configuration whatever the customers are. It is asked before any stage works, its own or an
   * earlier one, unless all of them are up to date.
   */
  check?(context: { readonly config: Readonly<Pick<Config, Reads>> }): Promise<void>;
  /** Versions that the stage's files depend on besides those of every stage: the record has them, freshness asks for them. */
  versions?(context: {
    readonly config: Readonly<Pick<Config, Reads>>;
    readonly services: Pick<Services, Uses>;
  }): Promise<Readonly<Record<string, string>>>;
  /** Loads what takes long to load, while the process waits for its word; the work is the same without it. */
  warmUp?(context: { readonly services: Pick<Services, Uses> }): Promise<unknown>;
  run(
    context: StageContext<Needs, Produces, Before, Reads, z.infer<Flags>, z.infer<Checkpoint>, Uses>,
  ): Promise<z.input<Result>>;
  /**
   * What is still to be done although the stage has succeeded. A stage by hand ends with it; run-all goes on, and says it in the end.
   */
  remains?(result: z.infer<Result>): ChurnError | undefined;
  /** The result in half a line, for the screen: "7,043 customers from customers.duckdb". */
  describe(result: z.infer<Result>): string;
  /** More that people should see whenever the stage has run, in calm lines below its own. */
  notes?(result: z.infer<Result>): readonly string[];
}

/** Returns its argument; it exists so that needs, produces, reads, uses and flags give `run` its types. */
export function defineStage<
  const Needs extends Artifacts,
  const Produces extends Artifacts,
  const Before extends Earlier,
  const Reads extends ConfigSection,
  Flags extends z.ZodObject,
  Result extends z.ZodObject,
  Checkpoint extends z.ZodObject,
  const Uses extends ServiceName = never,
>(
  stage: Stage<Needs, Produces, Before, Reads, Flags, Result, Checkpoint, Uses>,
): Stage<Needs, Produces, Before, Reads, Flags, Result, Checkpoint, Uses> {
  return stage;
}
