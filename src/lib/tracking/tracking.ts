import type { ServiceError } from "../errors.ts";

/**
 * MLflow as churn needs it: one interface for the folder in MLflow's layout and for the REST server. Names are MLflow's.
 * Every method may be repeated after a failure: nothing is made twice.
 */
export interface Tracking {
  /** For people: the folder or URL, without credentials. */
  readonly uri: string;
  /** Likewise where models are registered, which may be elsewhere. */
  readonly registryUri: string;
  /** Whether all of it is on this machine: reading it asks no network. */
  readonly isLocal: boolean;
  /**
   * Asks whether it is there and lets us in. Nothing is made.
   *
   * @param seconds  how long that may take
   * @throws {UsageError} when the credentials or the address are wrong
   * @throws {UnreachableError} when it can't be reached
   */
  check(seconds: number): Promise<void>;
  /**
   * Makes sure that a night could write there, as far as that can be known without anything being left behind.
   *
   * @param places.experiment  its name; it need not be there
   * @param places.model       a registered model that is there
   * @throws {UsageError} when the user may not, or the experiment was deleted
   * @throws {ServiceError} when the file system doesn't let it
   */
  requireRights(places: { readonly experiment: string } | { readonly model: string }): Promise<void>;
  /** Lets go of what it holds open: connections to a server. A folder holds nothing. */
  close(): Promise<void>;

  /** The active run of the experiment that carries this tag value, if there is one; the newest of several. It looks at all runs. */
  findRun(experiment: string, tag: Tag): Promise<Run | undefined>;
  /** The active runs of the experiment in state RUNNING that carry this tag value. */
  runningRuns(experiment: string, tag: Tag): Promise<readonly Run[]>;
  /**
   * Makes the experiment where it is missing, and a run in state RUNNING with these tags. An active run of the experiment
   * that carries the same `churn.run_key` already is returned as it is instead.
   */
  createRun(run: NewRun): Promise<Run>;
  /** The active run, or undefined. */
  getRun(runId: string): Promise<Run | undefined>;
  /**
   * Adds params and metric points and sets tags; what is there already with the same value is not written twice.
   *
   * @throws {UsageError} when a param is there with another value, or MLflow would refuse a key or cut a value
   */
  logBatch(
    runId: string,
    batch: { params?: Record<string, string>; metrics?: readonly Metric[]; tags?: Record<string, string> },
  ): Promise<void>;
  /**
   * Writes the model folder under the run's artifacts as `model`, MLmodel last; replaces what an interrupted attempt left.
   * MLflow's pages learn of it by the tag mlflow.log-model.history.
   *
   * @param files  with the run's id in MLmodel: see withRunId of model-folder.ts
   */
  logModel(runId: string, files: ReadonlyMap<string, Uint8Array>): Promise<{ modelUri: string }>;
  /** Writes files under the run's artifacts, by their paths there; one that is there is replaced. */
  logArtifacts(runId: string, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** Notes the data that the run worked on. The same dataset again is not written twice. */
  logInput(runId: string, dataset: DatasetInput): Promise<void>;
  setStatus(runId: string, status: RunStatus, endTime: number | null): Promise<void>;

  /**
   * All versions of a registered model, newest first, without those that were deleted; none when the model isn't registered.
   *
   * @param onDamaged  hears of a version whose entry can't be read, which is then left out
   * @throws {ServiceError} when that one may be the version in Production: no other one is, or it is the champion by its alias
   */
  modelVersions(name: string, onDamaged?: (error: ServiceError) => void): Promise<readonly ModelVersion[]>;
  /** The highest number that was given out, as far as the registry still knows: deleted versions count; 0 for none. */
  highestVersion(name: string): Promise<number>;
  /**
   * Makes the registered model where it is missing, and its next version, in stage None. A version of the same run and
   * source that exists already is returned as it is instead.
   */
  createModelVersion(version: NewModelVersion): Promise<ModelVersion>;
  setModelVersionTags(name: string, version: number, tags: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Adds a line to the version's description, unless it is there already; what would make it longer than MLflow takes is left
   * out, since tags say the same: see withLine of description.ts.
   */
  addToDescription(name: string, version: number, line: string): Promise<void>;
  /**
   * Moves the version to a stage. Other versions stay where they are: the caller archives them.
   *
   * @throws {UnknownWayError} when the server knows no stages
   */
  transitionStage(name: string, version: number, stage: ModelStage): Promise<void>;
  /** Puts right where MLflow looks for the version's model, if that leads nowhere: a folder may have been moved. */
  renewAddress(name: string, version: number): Promise<void>;
  /** Moves the alias to the version. @throws {UnknownWayError} when the server knows no aliases */
  setAlias(name: string, alias: string, version: number): Promise<void>;
  /** Takes the alias away, if it is there. */
  deleteAlias(name: string, alias: string): Promise<void>;
  /** The model folder's files of a version, as they were registered. @throws {ServiceError} when they can't be read */
  downloadModel(version: ModelVersion): Promise<ReadonlyMap<string, Uint8Array>>;

  /** For `churn gc`; undefined at a server, which has a gc of its own and other people's runs. */
  readonly oldRuns?: {
    /**
     * A workspace's runs that no version names, of whatever registered model.
     *
     * @param isOld  by the name of the night that a run is of
     */
    find(workspaceId: string, isOld: (night: string) => boolean): Promise<readonly OldRun[]>;
    /** One that isn't there any more is fine. */
    remove(run: OldRun): Promise<void>;
  };
}

/** A run that is to be removed, and what that frees. */
export interface OldRun {
  readonly runId: string;
  readonly experimentId: string;
  readonly night: string;
  readonly files: number;
  readonly bytes: number;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface Metric {
  readonly key: string;
  readonly value: number;
  /** milliseconds since 1970 */
  readonly timestamp: number;
  readonly step: number;
}

/** Data that a run worked on, as MLflow's pages show it. @see https://mlflow.org/docs/latest/ml/dataset/ */
export interface DatasetInput {
  readonly name: string;
  /** 36 characters at most */
  readonly digest: string;
  /** local: its link shows the address */
  readonly sourceType: "local";
  /** the address: a path or URI */
  readonly uri: string;
  readonly columns: readonly DatasetColumn[];
  readonly rows: number;
  readonly context: "training" | "validation" | "eval";
}

export interface DatasetColumn {
  readonly name: string;
  readonly type: "boolean" | "integer" | "long" | "float" | "double" | "string" | "binary" | "datetime";
  readonly required: boolean;
}

export type RunStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";
export type ModelStage = "None" | "Staging" | "Production" | "Archived";

export interface Run {
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  readonly status: RunStatus;
  readonly artifactUri: string;
  readonly params: Readonly<Record<string, string>>;
  /** the latest value of each metric */
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewRun {
  readonly experiment: string;
  readonly runName: string;
  /** milliseconds since 1970 */
  readonly startTime: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface NewModelVersion {
  readonly name: string;
  readonly runId: string;
  /** the model folder's URI, as logModel returned it */
  readonly source: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ModelVersion {
  readonly name: string;
  readonly version: number;
  readonly stage: ModelStage;
  readonly runId: string | null;
  readonly source: string;
  /** milliseconds since 1970 */
  readonly creationTime: number;
  /** The tag's value. A folder reads it when it is asked for: of many versions few are. */
  tag(key: string): string | undefined;
  readonly aliases: readonly string[];
}
