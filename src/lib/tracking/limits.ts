import { whole } from "../cli/numbers.ts";
import { InputError, UsageError } from "../errors.ts";

/**
 * What MLflow accepts as names and values, from 2.22 to 3.x (mlflow/utils/validation.py and the columns of its database).
 * A server cuts long values silently; churn refuses them instead.
 */
const KEY_LENGTH = 250;
const PARAM_LENGTH = 6000;
const RUN_TAG_LENGTH = 8000;
/** 100,000 in MLflow 3, 5,000 in 2.22. */
const VERSION_TAG_LENGTH = 5000;
const ALIAS_LENGTH = 255;
const NAME_LENGTH = 256;
/** A key is a file name in a folder of MLflow's layout. */
const FILE_NAME_BYTES = 255;

/** What to do about names that churn.yaml gives: features become params and tags. */
const NAMES = "another name in churn.yaml";

type KeyKind = "param" | "metric" | "tag";

/** @throws {UsageError} when MLflow would refuse the key */
export function checkKey(kind: KeyKind, key: string): void {
  const quoted = `${kind} key ${JSON.stringify(shortened(key))}`;
  if (key.length > KEY_LENGTH) {
    throw new UsageError(`${quoted} has ${key.length} characters, MLflow takes at most ${KEY_LENGTH}`, NAMES);
  }
  if (!/^[\p{L}\p{N}_/.\- :]+$/u.test(key)) {
    throw new UsageError(`${quoted}: MLflow allows letters, digits, spaces and _ - . : /`, NAMES);
  }
  const segments = key.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw new UsageError(`${quoted}: the parts between / must not be empty, "." or ".."`, NAMES);
  }
  if (segments.some((segment) => Buffer.byteLength(segment) > FILE_NAME_BYTES)) {
    throw new UsageError(`${quoted} is longer than a file name may be (${FILE_NAME_BYTES} bytes)`, NAMES);
  }
}

export function checkParam(key: string, value: string): void {
  checkKey("param", key);
  checkLength(`param ${key}`, value, PARAM_LENGTH);
}

export function checkRunTag(key: string, value: string): void {
  checkKey("tag", key);
  checkLength(`tag ${key}`, value, RUN_TAG_LENGTH);
}

export function checkVersionTag(key: string, value: string): void {
  checkKey("tag", key);
  checkLength(`tag ${key}`, value, VERSION_TAG_LENGTH);
}

/** @throws {InputError} for an id that nobody configures: what it was read from is damaged */
export function checkRunId(runId: string): void {
  if (!/^[A-Za-z0-9][\w-]{0,255}$/.test(runId)) {
    throw new InputError(
      `${JSON.stringify(shortened(runId))} is no MLflow run id (letters, digits, _ and -)`,
      "MLflow's page shows it",
    );
  }
}

export function checkExperimentName(name: string): void {
  if (name.trim() === "")
    throw new UsageError("the experiment's name is empty", "set tracking.experiment in churn.yaml");
  // MLflow's own look-up by name puts it between single quotes as it is, and fails.
  if (name.includes("'")) {
    throw new UsageError(
      `experiment ${JSON.stringify(shortened(name))}: MLflow can't look up a name with a '`,
      "set tracking.experiment in churn.yaml to another name",
    );
  }
  checkLength("the experiment's name", name, NAME_LENGTH);
}

/** @throws {UsageError} when one of MLflow's registries would refuse the name */
export function checkModelName(name: string): void {
  if (name.trim() === "" || name === "." || name === ".." || /[/:%\\\0]/.test(name)) {
    throw new UsageError(
      `${JSON.stringify(shortened(name))} can't name a registered model: it must not be empty or hold / : % \\`,
      "set register.model in churn.yaml",
    );
  }
  if (Buffer.byteLength(name) > FILE_NAME_BYTES) {
    throw new UsageError(
      `the registered model's name is longer than ${FILE_NAME_BYTES} bytes`,
      "set register.model in churn.yaml",
    );
  }
}

/** @throws {UsageError} for an alias that MLflow refuses: latest and v1, v2, … mean something else there */
export function checkAlias(alias: string): void {
  const reserved = /^(latest|v\d+)$/i.test(alias);
  if (reserved || alias.length > ALIAS_LENGTH || !/^[\p{L}\p{N}_-]+$/u.test(alias)) {
    throw new UsageError(
      `${JSON.stringify(shortened(alias))} can't be an alias: letters, digits, _ and - are allowed, latest and v1 are reserved`,
      NAMES,
    );
  }
}

function checkLength(what: string, value: string, limit: number): void {
  // Python counts code points.
  const length = [...value].length;
  if (length > limit) {
    throw new UsageError(
      `${what} has ${whole(length)} characters, MLflow takes at most ${whole(limit)}`,
      "a shorter one: look at churn.yaml",
    );
  }
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
