import { visible } from "../../cli/visible.ts";
import { ServiceError, UsageError } from "../../errors.ts";
import { startPatience } from "../../http/repeat.ts";
import { pathOf } from "../folder/model-location.ts";
import type { Api } from "./api.ts";
import { proxiedUrl } from "./artifact-url.ts";
import { filesAnswer } from "./forms.ts";
import { download, upload } from "./proxied-files.ts";
import { readSharedFolder, writeSharedFiles } from "./shared-folder.ts";

type Files = ReadonlyMap<string, Uint8Array>;

/** Where a run's or a version's files lie, as the server says it, and the way there. */
interface ArtifactRoot {
  write(files: Files): Promise<void>;
  read(): Promise<Map<string, Uint8Array>>;
}

/**
 * Writes files of a run, and holds them to what the server lists: some servers store nothing of an upload and say so to nobody, and
 * a folder may be another one there. What differs is written again while there is time.
 *
 * @param place.artifactUri  of the run
 * @param place.folder       below it; "" for the run's own
 * @returns the folder's address
 * @throws {UsageError} for an address that only other programs can reach, such as s3:
 * @throws {ServiceError} naming the first file that isn't there, or has another size
 */
export async function writeArtifacts(
  api: Api,
  place: { readonly runId: string; readonly artifactUri: string; readonly folder: string },
  files: Files,
): Promise<string> {
  const { runId, folder } = place;
  const address = [place.artifactUri.replace(/\/+$/, ""), folder].filter((part) => part !== "").join("/");
  requireOwnFolder(api, place);
  const root = artifactRoot(api, address);
  const time = startPatience(api.deadlineSeconds);
  for (let left = files; ; ) {
    await root.write(left);
    const sizes = await listedSizes(api, runId, folder, left.keys());
    left = new Map([...left].filter(([name, { byteLength }]) => sizes.get(name) !== byteLength));
    const [first] = left;
    if (first === undefined) return address;
    if (await time.wait()) continue;
    const [name, { byteLength }] = first;
    const size = sizes.get(name);
    throw new ServiceError(
      `MLflow at ${api.uri} ${size === undefined ? "doesn't have" : `has ${size} bytes of`} ${below(folder, name)} after its upload of ${byteLength} bytes`,
      "does it share the disk of its artifacts with this machine (--no-serve-artifacts), or has that one room?",
    );
  }
}

/** A server says where on this machine's disk a run's files go: nowhere but where MLflow puts them, in a folder of that run's. */
function requireOwnFolder(
  api: Api,
  { runId, artifactUri }: { readonly runId: string; readonly artifactUri: string },
): void {
  const folder = pathOf(artifactUri);
  if (folder === undefined || folder.replace(/\/+$/, "").endsWith(`/${runId}/artifacts`)) return;
  throw new UsageError(
    `MLflow at ${api.uri} wants the files of run ${visible(runId, 40)} in ${visible(folder, 80)}, which is no folder of that run's`,
    "start it with --serve-artifacts, so that files go through it",
  );
}

/** The files below an artifact's address, by their paths there. Empty where there are none. The same errors. */
export function readArtifacts(api: Api, address: string): Promise<Map<string, Uint8Array>> {
  return artifactRoot(api, address).read();
}

/** The way to an artifact's address: through the server (`mlflow-artifacts:`), or a folder that this machine shares with it. */
function artifactRoot(api: Api, address: string): ArtifactRoot {
  const proxied = proxiedUrl(api, address);
  if (proxied !== undefined) {
    return {
      write: (files) => upload(api, proxied, files),
      read: () => download(api, proxied, address),
    };
  }
  const folder = pathOf(address);
  if (folder !== undefined) {
    return { write: (files) => writeSharedFiles(folder, files), read: () => readSharedFolder(folder) };
  }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(address)?.[0] ?? "";
  throw new UsageError(
    `MLflow at ${api.uri} keeps its artifacts in ${scheme === "" ? "a place" : visible(scheme, 40)} that this churn can't reach`,
    "start it with --serve-artifacts, so that files go through it",
  );
}

/** Bytes of files below a folder of a run's artifacts, by their paths there, as the server has them; each folder is listed once. */
async function listedSizes(
  api: Api,
  runId: string,
  folder: string,
  names: Iterable<string>,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  const prefix = folder === "" ? 0 : folder.length + 1;
  const folders = new Set([...names].map((name) => below(folder, name).split("/").slice(0, -1).join("/")));
  for (const path of folders) {
    const values = { run_id: runId, ...(path === "" ? {} : { path }) };
    const { files } = await api.call("GET", "artifacts/list", values, filesAnswer);
    for (const file of files) if (!file.is_dir) sizes.set(file.path.slice(prefix), file.file_size);
  }
  return sizes;
}

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
