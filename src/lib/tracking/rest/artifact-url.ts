import { visible } from "../../cli/visible.ts";
import { ServiceError } from "../../errors.ts";
import type { Api } from "./api.ts";

/** Where a server's proxy for artifacts is, below its address. */
export const PROXY = "/api/2.0/mlflow-artifacts/artifacts/";

/**
 * The URL of a proxied artifact's folder; undefined for other addresses. Forms: mlflow-artifacts:/P,
 * mlflow-artifacts://HOST:PORT/P, and the whole URL that they mean.
 */
export function proxiedUrl(api: Api, address: string): URL | undefined {
  const whole = new RegExp(`^https?://[^/]+(?:/.*)?${PROXY}(.*)$`).exec(address);
  const path = whole?.[1] ?? /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(address)?.[1];
  // Another host of the address is another server's, which our credentials are not for.
  return path === undefined ? undefined : api.urlOf(`${PROXY}${encoded(path)}`);
}

/** WHATWG's URL would go up a folder by itself. */
function encoded(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  if (segments.some((segment) => segment === "." || segment === ".." || segment.includes("\0")))
    throw liesNowhere(path);
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

/** The URL of a file below another one. @throws {ServiceError} for a path that climbs */
export function below(root: URL, path: string): URL {
  const url = new URL(root);
  const segments = path.split("/");
  if (segments.some((segment) => ["", ".", ".."].includes(segment))) throw liesNowhere(path);
  url.pathname = `${root.pathname.replace(/\/+$/, "")}/${segments.map(encodeURIComponent).join("/")}`;
  return url;
}

/** Of a path that climbs, or has an empty part. */
export function liesNowhere(path: string): ServiceError {
  return new ServiceError(
    `MLflow names a file that lies nowhere: ${visible(path, 200)}`,
    "look at it in MLflow's pages",
  );
}
