import { SIZE_LIMITS } from "../../files/size-limits.ts";
import { inOrder, MOST_BYTES, MOST_FILES, mlmodelApart, tooMuch } from "../model-files.ts";
import type { Api } from "./api.ts";
import { below, PROXY } from "./artifact-url.ts";
import { type FileForm, filesAnswer } from "./forms.ts";
import { inTurns } from "./in-turns.ts";

/** Files that go through the server, below a URL of its proxy for artifacts. */

/** Files at a time. */
const AT_ONCE = 4;
const MOST_FOLDERS = 100;

/** MLmodel last: a folder is a model only with it. */
export async function upload(api: Api, root: URL, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const turn of mlmodelApart(files)) {
    await inTurns(turn, AT_ONCE, ([name, content]) => api.upload(below(root, name), content));
  }
}

/** All files below it, by their paths there, in the order of the listing. Empty where there are none. */
export async function download(api: Api, root: URL, address: string): Promise<Map<string, Uint8Array>> {
  const listed = await listFiles(api, root);
  if (listed.length > MOST_FILES) throw tooMuch(address, `${listed.length} files, and at most ${MOST_FILES} are read`);
  const said = listed.reduce((sum, { file_size }) => sum + file_size, 0);
  if (said > MOST_BYTES) throw tooMuch(address, `${said} bytes, and at most ${MOST_BYTES} are read`);
  const contents = new Map<string, Uint8Array>();
  let bytes = 0;
  await inTurns(listed, AT_ONCE, async ({ path, file_size }) => {
    const largest = Math.min(SIZE_LIMITS.model, file_size > 0 ? file_size : SIZE_LIMITS.model);
    const content = await api.download(below(root, path), { expected: file_size, largest });
    bytes += content.byteLength;
    if (bytes > MOST_BYTES) throw tooMuch(address, `more than ${MOST_BYTES} bytes, which is all that is read`);
    contents.set(path, content);
  });
  return inOrder(
    contents,
    listed.map(({ path }) => path),
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
  const at = folder.pathname.indexOf(PROXY) + PROXY.length;
  const url = new URL(folder);
  url.pathname = folder.pathname.slice(0, at - 1);
  url.searchParams.set("path", decodeURIComponent(folder.pathname.slice(at)));
  return (await api.json(url, filesAnswer)).files;
}
