import { folderOf } from "../files/address.ts";

/** What tracking.uri has to be, for sentences. */
export const TRACKING_ADDRESS =
  "a folder's path, an absolute file: URI, or an MLflow server's http:// or https:// address";

/** Where tracking is: a folder in MLflow's layout, or a server's address without credentials. */
export type TrackingAddress =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "server"; readonly url: URL; readonly userinfo: Userinfo | undefined };

export interface Userinfo {
  readonly username: string;
  readonly password: string;
}

/**
 * What an address of tracking.uri means; undefined for one of another kind, such as a database's.
 *
 * A server's address may have a path (`--static-prefix`) and, in the environment, user and password. Python's client cuts one
 * slash at its end.
 */
export function trackingAddress(address: string): TrackingAddress | undefined {
  if (!/^https?:/i.test(address)) {
    const path = folderOf(address);
    return path === undefined ? undefined : { kind: "folder", path };
  }
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.hostname === "" || url.search !== "" || url.hash !== "") return undefined;
  const decoded = decodedUserinfo(url);
  if (decoded === null) return undefined;
  url.username = "";
  url.password = "";
  url.pathname = url.pathname.replace(/\/+$/, "");
  return { kind: "server", url, userinfo: decoded };
}

/** An address for people: a server's without credentials and without a slash at its end. */
export function addressText(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** An address without its user and password, which stay in the environment. */
export function withoutUserinfo(address: string): string {
  const found = trackingAddress(address);
  return found?.kind === "server" ? addressText(found.url) : address;
}

/** Null where it can't be decoded. */
function decodedUserinfo({ username, password }: URL): Userinfo | undefined | null {
  if (username === "" && password === "") return undefined;
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return null;
  }
}
