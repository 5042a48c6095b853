import { modelDigest } from "../../src/lib/tracking/model-files.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { type Behaviour, type OddServer, oddServer } from "./odd-server.ts";
import { modelName, smallModel } from "./tracking-folder.ts";

/** How a server says that it doesn't know a call. */
export const unknownCalls: Readonly<Record<string, Behaviour>> = {
  "404 as a page": { status: 404, body: "<!doctype html><title>404 Not Found</title>" },
  "405 as a page": { status: 405, body: "<!doctype html><title>405 Method Not Allowed</title>" },
  ENDPOINT_NOT_FOUND: { status: 404, body: { error_code: "ENDPOINT_NOT_FOUND", message: "No API found" } },
  "501 with JSON": { status: 501, body: { error_code: "NOT_IMPLEMENTED", message: "no" } },
  "a refusal for Unity Catalog's models": {
    status: 400,
    body: { error_code: "INVALID_PARAMETER_VALUE", message: "Stages are unsupported for models in the Unity Catalog" },
  },
};

interface Version {
  stage: string;
  readonly tags: Map<string, string>;
}

export interface RegistryServer extends OddServer {
  /** of each version its stage and aliases, as a text */
  state(): Record<number, string>;
}

/**
 * A server with a registry of churn's versions, in no stage yet, which holds stages and aliases as MLflow does.
 *
 * @param options.stages   how it says that it doesn't know stages
 * @param options.aliases  how it says that it doesn't know aliases
 * @param options.foreign  versions that others registered
 */
export async function registryServer(
  versionCount: number,
  {
    foreign = [],
    ...unknown
  }: { readonly stages?: Behaviour; readonly aliases?: Behaviour; readonly foreign?: readonly number[] } = {},
): Promise<RegistryServer> {
  const files = smallModel();
  const versions = new Map<number, Version>();
  const own = new Map([[tags.modelDigest, modelDigest(files)]]);
  for (let number = 1; number <= versionCount; number += 1)
    versions.set(number, { stage: "None", tags: new Map(foreign.includes(number) ? [] : own) });
  const aliases = new Map<string, number>();
  const form = (number: number, { stage, tags: own }: Version) => ({
    name: modelName,
    version: String(number),
    current_stage: unknown.stages === undefined ? stage : undefined,
    run_id: `r${number}`,
    source: `mlflow-artifacts:/1/r${number}/artifacts/model`,
    tags: [...own].map(([key, value]) => ({ key, value })),
  });
  const forms = () => [...versions].map(([number, version]) => form(number, version));

  const server = await oddServer(({ method, target, body }) => {
    const url = new URL(target, "http://x");
    const call = url.pathname.replace("/api/2.0/mlflow/", "");
    const values: Record<string, string> = body === "" ? Object.fromEntries(url.searchParams) : JSON.parse(body);
    const number = Number(values.version);
    const version = versions.get(number);
    if (call === "model-versions/search") {
      const run = /run_id = '(\w+)'/.exec(values.filter ?? "")?.[1];
      return { body: { model_versions: forms().filter(({ run_id }) => run === undefined || run_id === run) } };
    }
    if (call === "registered-models/get") {
      const listed = [...aliases].map(([alias, of]) => ({ alias, version: String(of) }));
      return { body: { registered_model: { name: modelName, aliases: listed } } };
    }
    if (call === "registered-models/alias") {
      if (unknown.aliases !== undefined) return unknown.aliases;
      if (method === "DELETE") aliases.delete(values.alias ?? "");
      else aliases.set(values.alias ?? "", number);
      return {};
    }
    if (call.endsWith("/mlflow-artifacts/artifacts")) {
      const listed = [...files].map(([path, { byteLength: file_size }]) => ({ path, file_size }));
      return { body: { files: listed } };
    }
    const file = files.get(call.split("/artifacts/model/")[1] ?? "");
    if (file !== undefined) return { body: Buffer.from(file).toString() };
    if (version === undefined) return { status: 404, body: { error_code: "RESOURCE_DOES_NOT_EXIST", message: "no" } };
    if (call === "model-versions/transition-stage") {
      if (unknown.stages !== undefined) return unknown.stages;
      version.stage = values.stage ?? "";
    }
    if (call === "model-versions/set-tag") version.tags.set(values.key ?? "", values.value ?? "");
    return { body: { model_version: form(number, version) } };
  });
  return {
    ...server,
    state: () =>
      Object.fromEntries(
        [...versions].map(([number, { stage }]) => {
          const named = [...aliases].filter(([, of]) => of === number).map(([alias]) => alias);
          return [number, [stage, ...named].join(" ")];
        }),
      ),
  };
}
