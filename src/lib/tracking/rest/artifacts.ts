import { visible } from "../../cli/visible.ts";
import { ServiceError, UsageError } from "../../errors.ts";
import { SIZE_LIMITS } from "../../files/size-limits.ts";
import { pathOf } from "../folder/model-location.ts";
import { MLMODEL } from "../model-files.ts";
import type { Api } from "./api.ts";
import { type FileForm, filesAnswer } from "./forms.ts";
import { readSharedFolder, writeSharedFiles } from "./shared-folder.ts";

/** Files at a time. */
const AT_ONCE = 4;
/** A model folder has ten files; MLflow's may have the code of a model class besides. */
const MOST_FILES = 1000;
const MOST_FOLDERS = 100;
const MOST_BYTES = 2 * SIZE_LIMITS.model;

type Files = ReadonlyMap<string, Uint8Array>;

/** Where a run's or a version's files lie, as the server says it, and the way there. */
export interface ArtifactRoot {
  write(files: Files): Promise<void>;
  /** All files below it, by their paths. Empty where there are none. */
  read(): Promise<Map<string, Uint8Array>>;
}

/**
 * The way to an artifact's address: through the server (`mlflow-artifacts:`), or a folder that this machine shares with it.
 *
 * @param address  as MLflow gave it; it is taken as it is, whatever ids it is made of
 * @throws {UsageError} for an address that only other programs can reach, such as s3:
 */
export function artifactRoot(api: Api, address: string): ArtifactRoot {
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

/**
 * The URL of a proxied artifact's folder; undefined for other addresses. Forms: mlflow-artifacts:/P,
 * mlflow-artifacts://HOST:PORT/P, and the whole URL that they mean.
 */
function proxiedUrl(api: Api, address: string): URL | undefined {
  const below = "/api/2.0/mlflow-artifacts/artifacts/";
  const whole = new RegExp(`^https?://[^/]+(?:/.*)?${below}(.*)$`).exec(address);
  const path = whole?.[1] ?? /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(address)?.[1];
  // Another host of the address is another server's, which our credentials are not for.
  return path === undefined ? undefined : api.urlOf(`${below}${encoded(path)}`);
}

/** WHATWG's URL would go up a folder by itself. */
function encoded(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  if (segments.some((segment) => segment === "." || segment === ".." || segment.includes("\0")))
    throw new ServiceError(
      `MLflow names a file that lies nowhere: ${visible(path, 200)}`,
      "look at it in MLflow's pages",
    );
  return segments.map((segment) => encodeURIComponent(decodedSegment(segment))).join("/");
}

/** Addresses come percent-encoded or not. */
function decodedSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** MLmodel last: a folder is a model only with it. */
async function upload(api: Api, root: URL, files: Files): Promise<void> {
  const put = async ([name, body]: readonly [string, Uint8Array]) => {
    await api.transfer("PUT", below(root, name), { body, largest: 1 << 20 });
  };
  const isLast = ([name]: readonly [string, Uint8Array]) => name === MLMODEL || name.endsWith(`/${MLMODEL}`);
  await inTurns(
    [...files].filter((file) => !isLast(file)),
    put,
  );
  await inTurns([...files].filter(isLast), put);
}

async function download(api: Api, root: URL, address: string): Promise<Map<string, Uint8Array>> {
  const listed = await listFiles(api, root);
  if (listed.length > MOST_FILES) throw tooMuch(address, `${listed.length} files, and at most ${MOST_FILES} are read`);
  const said = listed.reduce((sum, { file_size }) => sum + file_size, 0);
  if (said > MOST_BYTES) throw tooMuch(address, `${said} bytes, and at most ${MOST_BYTES} are read`);
  const contents = new Map<string, Uint8Array>();
  let bytes = 0;
  await inTurns(listed, async ({ path }) => {
    const content = await api.transfer("GET", below(root, path), { largest: SIZE_LIMITS.model });
    bytes += content.byteLength;
    if (bytes > MOST_BYTES) throw tooMuch(address, `more than ${MOST_BYTES} bytes, which is all that is read`);
    contents.set(path, content);
  });
  // In the listing's order, whichever came first.
  return new Map(
    listed.flatMap(({ path }) => {
      const content = contents.get(path);
      return content === undefined ? [] : [[path, content] as const];
    }),
  );
}

/** The files below a URL, with their paths there. */
async function listFiles(api: Api, root: URL): Promise<FileForm[]> {
  const found: FileForm[] = [];
  const folders = [""];
  for (let at = 0; at < folders.length; at += 1) {
    if (at === MOST_FOLDERS)
      throw tooMuch(root.pathname, `more than ${MOST_FOLDERS} folders, which is all that is read`);
    const folder = folders[at] ?? "";
    for (const entry of await listFolder(api, folder === "" ? root : below(root, folder))) {
      const name = entry.path.split("/").findLast((part) => part !== "") ?? "";
      const path = folder === "" ? name : `${folder}/${name}`;
      if (entry.is_dir) folders.push(path);
      else found.push({ ...entry, path });
    }
  }
  return found;
}

async function listFolder(api: Api, folder: URL): Promise<readonly FileForm[]> {
  const marker = "/mlflow-artifacts/artifacts";
  const at = folder.pathname.indexOf(marker) + marker.length;
  const url = new URL(folder);
  url.pathname = folder.pathname.slice(0, at);
  url.searchParams.set("path", decodeURIComponent(folder.pathname.slice(at + 1)));
  return (await api.json(url, filesAnswer)).files;
}

function below(root: URL, path: string): URL {
  const url = new URL(root);
  const segments = path.split("/");
  if (segments.some((segment) => ["", ".", ".."].includes(segment)))
    throw new ServiceError(
      `MLflow names a file that lies nowhere: ${visible(path, 200)}`,
      "look at it in MLflow's pages",
    );
  url.pathname = `${root.pathname.replace(/\/+$/, "")}/${segments.map(encodeURIComponent).join("/")}`;
  return url;
}

/** A few at a time. */
async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, queue.length) }, worker));
}

function tooMuch(place: string, what: string): ServiceError {
  return new ServiceError(
    `${visible(place, 300)} has ${what} of a model folder`,
    "what else lies in it belongs elsewhere",
  );
}
