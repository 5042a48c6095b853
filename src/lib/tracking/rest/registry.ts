import { visible } from "../../cli/visible.ts";
import { ServiceError, UnreachableError } from "../../errors.ts";
import { withLine } from "../description.ts";
import { checkAlias, checkModelName, checkVersionTag } from "../limits.ts";
import { LEFT_BY_MLFLOW } from "../model-files.ts";
import type { ModelVersion, NewModelVersion, Tracking } from "../tracking.ts";
import { UnknownWayError } from "../via.ts";
import { ForbiddenError, isUnknownCall, RefusedError, unlessAbsent } from "./answers.ts";
import type { Api } from "./api.ts";
import type { Artifacts } from "./artifacts.ts";
import { downloadAnswer, nothing, registeredModel, type VersionForm, versionAnswer, versionsAnswer } from "./forms.ts";
import { keyed, quoted } from "./runs.ts";

/** Versions an answer: of years of nights. */
const PAGE = 1000;
/** Answers to one search. */
const MOST_PAGES = 100;

type RegistryMethods =
  | "modelVersions"
  | "highestVersion"
  | "createModelVersion"
  | "setModelVersionTags"
  | "addToDescription"
  | "transitionStage"
  | "renewAddress"
  | "setAlias"
  | "deleteAlias"
  | "downloadModel";

type Aliases = readonly { readonly alias: string; readonly version: number }[];

/**
 * The model registry of a server.
 *
 * @param artifacts  of the tracking server, which those of `mlflow-artifacts:` go through
 */
export function openRegistry(api: Api, artifacts: Artifacts): Pick<Tracking, RegistryMethods> {
  /** A search gives no aliases on a server with a database. */
  const readAliases = async (name: string): Promise<Aliases> => {
    const model = await unlessAbsent(() => api.call("GET", "registered-models/get", { name }, registeredModel));
    return model?.registered_model.aliases ?? [];
  };

  /** What a source of another kind, a run's or a logged model's, stands for. */
  const downloadUri = async (name: string, version: number): Promise<string> => {
    const values = { name, version: String(version) };
    return (await api.call("GET", "model-versions/get-download-uri", values, downloadAnswer)).artifact_uri;
  };

  const create = async ({ name, runId, source, description, tags }: NewModelVersion): Promise<VersionForm> => {
    const values = { name, source, run_id: runId, description, tags: keyed(tags) };
    const look = async (by: Api) => {
      const made = await find(by, { name, runId, source });
      return made && { model_version: made };
    };
    return (await api.call("POST", "model-versions/create", values, versionAnswer, look)).model_version;
  };

  const known = async (way: "stages" | "aliases", call: () => Promise<unknown>): Promise<void> => {
    try {
      await call();
    } catch (cause) {
      if (!isUnknownCall(cause)) throw cause;
      throw new UnknownWayError(
        `MLflow at ${api.uri} knows no ${way}`,
        `set register.via to ${way === "stages" ? "aliases" : "stages"}, or leave it out: churn then finds out what the server knows`,
        { cause },
      );
    }
  };

  return {
    async modelVersions(name) {
      checkModelName(name);
      const versions = await searchVersions(api, `name = ${quoted(name)}`, "version_number DESC");
      // Of a model that isn't there, a plain user may not even ask.
      const aliases = versions.length === 0 ? [] : await readAliases(name);
      return versions.map((version) => toVersion(version, aliases)).sort((a, b) => b.version - a.version);
    },

    async highestVersion(name) {
      checkModelName(name);
      return (await searchVersions(api, `name = ${quoted(name)}`, "version_number DESC", 1))[0]?.version ?? 0;
    },

    async createModelVersion(version) {
      checkModelName(version.name);
      for (const [key, value] of Object.entries(version.tags)) checkVersionTag(key, value);
      const { name } = version;
      const there = await find(api, version);
      if (there !== undefined) return toVersion(there, await readAliases(name));
      const made = await create(version).catch(async (error: unknown) => {
        const isForbidden = error instanceof ForbiddenError;
        const isAbsent = error instanceof RefusedError && error.code === "RESOURCE_DOES_NOT_EXIST";
        if (!isForbidden && !isAbsent) throw error;
        await api.call("POST", "registered-models/create", { name }, nothing).catch((refused: unknown) => {
          // It is somebody else's, or was made just now.
          const isThere = refused instanceof RefusedError && refused.code === "RESOURCE_ALREADY_EXISTS";
          if (isForbidden || !isThere) throw isThere ? error : refused;
        });
        return await create(version);
      });
      return toVersion(made, []);
    },

    async setModelVersionTags(name, version, tags) {
      checkModelName(name);
      for (const [key, value] of Object.entries(tags)) checkVersionTag(key, value);
      const { model_version: before } = await api.call(
        "GET",
        "model-versions/get",
        { name, version: String(version) },
        versionAnswer,
      );
      const known = new Map(before.tags.map(({ key, value }) => [key, value]));
      for (const [key, value] of Object.entries(tags)) {
        if (known.get(key) === value) continue;
        await api.call("POST", "model-versions/set-tag", { name, version: String(version), key, value }, nothing);
      }
    },

    async addToDescription(name, version, line) {
      checkModelName(name);
      const given = { name, version: String(version) };
      const { model_version: before } = await api.call("GET", "model-versions/get", given, versionAnswer);
      const description = withLine(before.description, line);
      if (description === undefined) return;
      await api.call("PATCH", "model-versions/update", { ...given, description }, nothing);
    },

    async transitionStage(name, version, stage) {
      checkModelName(name);
      const values = { name, version: String(version), stage, archive_existing_versions: false };
      await known("stages", () => api.call("POST", "model-versions/transition-stage", values, nothing));
    },

    // A server's addresses are its own.
    async renewAddress() {},

    async setAlias(name, alias, version) {
      checkAlias(alias);
      const values = { name, alias, version: String(version) };
      await known("aliases", () => api.call("POST", "registered-models/alias", values, nothing));
    },

    async deleteAlias(name, alias) {
      checkAlias(alias);
      await unlessAbsent(() => api.call("DELETE", "registered-models/alias", { name, alias }, nothing));
    },

    async downloadModel({ name, version, source }) {
      checkModelName(name);
      const address = /^(?:mlflow-artifacts|s3):/.test(source) ? source : await downloadUri(name, version);
      const found = await artifacts.read(address);
      found.delete(LEFT_BY_MLFLOW);
      if (found.size > 0) return found;
      throw new ServiceError(
        `the files of ${name} version ${version} are not at ${visible(address, 300)}`,
        "were they deleted by mlflow gc? Promote another version: churn models",
      );
    },
  };
}

/** Versions of a run, made of one source. */
async function find(api: Api, { name, runId, source }: Pick<NewModelVersion, "name" | "runId" | "source">) {
  const filter = `name = ${quoted(name)} and run_id = ${quoted(runId)}`;
  return (await searchVersions(api, filter, "version_number ASC")).find((one) => one.source === source);
}

async function searchVersions(api: Api, filter: string, order: string, most?: number): Promise<VersionForm[]> {
  // Pages are cut anew each time: a version that is registered meanwhile puts another one on two of them.
  const found = new Map<number, VersionForm>();
  const seen = new Set<string>();
  for (let token = ""; !seen.has(token); ) {
    if (seen.size === MOST_PAGES)
      throw new UnreachableError(
        `MLflow at ${api.uri} answers model-versions/search with more than ${MOST_PAGES} pages`,
        `is tracking.uri MLflow's own address? curl ${api.uri}/version`,
      );
    seen.add(token);
    const page = await api.call(
      "GET",
      "model-versions/search",
      { filter, order_by: [order], max_results: most ?? PAGE, ...(token === "" ? {} : { page_token: token }) },
      versionsAnswer,
    );
    for (const version of page.model_versions) found.set(version.version, version);
    if (page.next_page_token === "" || most !== undefined) break;
    token = page.next_page_token;
  }
  return [...found.values()];
}

function toVersion(form: VersionForm, aliases: Aliases): ModelVersion {
  const tags = new Map(form.tags.map(({ key, value }) => [key, value]));
  return {
    name: form.name,
    version: form.version,
    stage: form.current_stage,
    runId: form.run_id === "" ? null : form.run_id,
    source: form.source,
    creationTime: form.creation_timestamp,
    tag: (key) => tags.get(key),
    aliases: aliases.filter(({ version }) => version === form.version).map(({ alias }) => alias),
  };
}
