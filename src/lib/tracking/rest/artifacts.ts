import { visible } from "../../cli/visible.ts";
import { ServiceError, UsageError } from "../../errors.ts";
import { startPatience } from "../../http/repeat.ts";
import { S3_ADDRESS, s3Address } from "../../s3/address.ts";
import type { Bucket } from "../../s3/bucket.ts";
import { pathOf } from "../folder/model-location.ts";
import type { Api } from "./api.ts";
import { proxiedUrl } from "./artifact-url.ts";
import { filesAnswer } from "./forms.ts";
import { download, upload } from "./proxied-files.ts";
import { bucketSizes, readBucketFiles, writeBucketFiles } from "./s3-artifacts.ts";
import { readSharedFolder, writeSharedFiles } from "./shared-folder.ts";

type Files = ReadonlyMap<string, Uint8Array>;

/** A run, its artifacts' address, and a folder below it; "" for the run's own. */
interface Place {
  readonly runId: string;
  readonly artifactUri: string;
  readonly folder: string;
}

/** Files of runs and versions, wherever a server keeps them. */
export interface Artifacts {
  /**
   * Writes files of a run, and holds them to what is listed there: some servers store nothing of an upload and say so to nobody, and
   * a folder may be another one there. What differs is written again while there is time.
   *
   * @returns the folder's address
   * @throws {UsageError} for an address that only other programs can reach, such as gs:
   * @throws {ServiceError} naming the first file that isn't there, or has another size
   */
  write(place: Place, files: Files): Promise<string>;
  /** The files below an artifact's address, by their paths there. Empty where there are none. The same errors. */
  read(address: string): Promise<Map<string, Uint8Array>>;
}

/** Where a run's or a version's files lie, as the server says it, and the way there. */
interface ArtifactRoot {
  write(files: Files): Promise<void>;
  read(): Promise<Map<string, Uint8Array>>;
  /** Bytes of files below it that are there, by their paths; where it isn't given, the server lists them. */
  sizes?(): Promise<ReadonlyMap<string, number>>;
}

/** @param openBucket  opens a bucket by its name, when a file is to go there or to come from there */
export function openArtifacts(api: Api, openBucket: (name: string) => Bucket): Artifacts {
  return {
    async write(place, files) {
      const { runId, folder } = place;
      const address = [place.artifactUri.replace(/\/+$/, ""), folder].filter((part) => part !== "").join("/");
      requireOwnFolder(api, place);
      const root = artifactRoot(api, openBucket, address);
      const time = startPatience(api.deadlineSeconds);
      for (let left = files; ; ) {
        await root.write(left);
        const sizes = (await root.sizes?.()) ?? (await listedSizes(api, runId, folder, left.keys()));
        left = new Map([...left].filter(([name, { byteLength }]) => sizes.get(name) !== byteLength));
        const [first] = left;
        if (first === undefined) return address;
        if (await time.wait()) continue;
        const [name, { byteLength }] = first;
        const size = sizes.get(name);
        const keeper = root.sizes === undefined ? `MLflow at ${api.uri}` : visible(address, 300);
        throw new ServiceError(
          `${keeper} ${size === undefined ? "doesn't have" : `has ${size} bytes of`} ${below(folder, name)} after its upload of ${byteLength} bytes`,
          root.sizes === undefined
            ? "does it share the disk of its artifacts with this machine (--no-serve-artifacts), or has that one room?"
            : "does something else write or remove there, a rule of the bucket's life cycle, say?",
        );
      }
    },
    read: (address) => artifactRoot(api, openBucket, address).read(),
  };
}

/**
 * A server says where on this machine's disk, or in which bucket, a run's files go: nowhere but where MLflow puts them, in a folder of
 * that run's.
 */
function requireOwnFolder(api: Api, { runId, artifactUri }: Place): void {
  const folder = isBucket(artifactUri) ? artifactUri : pathOf(artifactUri);
  if (folder === undefined || folder.replace(/\/+$/, "").endsWith(`/${runId}/artifacts`)) return;
  throw new UsageError(
    `MLflow at ${api.uri} wants the files of run ${visible(runId, 40)} in ${visible(folder, 80)}, which is no folder of that run's`,
    "start it with --serve-artifacts, so that files go through it",
  );
}

/**
 * The way to an artifact's address: through the server (`mlflow-artifacts:`), straight into a bucket (`s3:`), or a folder that this machine
 * shares with it.
 */
function artifactRoot(api: Api, openBucket: (name: string) => Bucket, address: string): ArtifactRoot {
  const proxied = proxiedUrl(api, address);
  if (proxied !== undefined) {
    return {
      write: (files) => upload(api, proxied, files),
      read: () => download(api, proxied, address),
    };
  }
  if (isBucket(address)) {
    const found = s3Address(address);
    if (found === undefined)
      throw new UsageError(
        `MLflow at ${api.uri} keeps files at ${visible(address, 200)}, which isn't ${S3_ADDRESS}`,
        "start it with another --default-artifact-root, for experiments that it makes from then on",
      );
    const folder = { bucket: openBucket(found.bucket), prefix: found.prefix, address };
    return {
      write: (files) => writeBucketFiles(folder, files),
      read: () => readBucketFiles(folder),
      sizes: () => bucketSizes(folder),
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

function isBucket(address: string): boolean {
  return /^s3:/i.test(address);
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
