import { shellWord } from "../cli/shell.ts";
import { endpointOf, profileOf, regionOf, type S3Settings } from "./settings.ts";

/**
 * A command of AWS's own client, for hints that people paste: it asks the server, as the user and in the region, that churn does. Keys are
 * the environment's.
 *
 * @param words  cp s3://BUCKET/FROM s3://BUCKET/TO
 * @throws {UsageError} for settings that can't be used
 */
export function awsCommand(settings: S3Settings, words: readonly string[]): string {
  const options = {
    "--endpoint-url": endpointOf(settings)?.href.replace(/\/+$/, ""),
    "--profile": profileOf(settings),
    "--region": regionOf(settings, undefined),
  };
  const given = Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return ["aws", "s3", ...words, ...given].map(shellWord).join(" ");
}
