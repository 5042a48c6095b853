import { expandHome } from "../files/home.ts";
import { isS3Address } from "../s3/address.ts";
import { withoutPassword } from "../source/server/address.ts";
import { isServerUrl } from "../source/server/schemes.ts";
import { withoutUserinfo } from "../tracking/address.ts";
import type { Config } from "./schema.ts";

/**
 * The configuration with the home folder put in wherever a path begins with ~ or $HOME, and without the credentials that the
 * environment may have put into an address.
 *
 * @param home  asked for only where it is needed
 */
export function withHome(config: Config, home: () => string): Config {
  const { source, store, tracking } = config;
  return {
    ...config,
    source: {
      ...source,
      ...(source.url === undefined ? {} : { url: sourceUrl(source.url, home) }),
      ...(source.files === undefined ? {} : { files: source.files.map((folder) => expandHome(folder, home)) }),
    },
    store: isS3Address(store) ? store : expandHome(store, home),
    tracking: {
      ...tracking,
      uri: expandHome(withoutUserinfo(tracking.uri), home),
      ...(tracking.registry_uri === undefined
        ? {}
        : { registry_uri: expandHome(withoutUserinfo(tracking.registry_uri), home) }),
    },
  };
}

function sourceUrl(url: string, home: () => string): string {
  if (isServerUrl(url)) return withoutPassword(url);
  const colon = url.indexOf(":") + 1;
  return url.slice(0, colon) + expandHome(url.slice(colon), home);
}
