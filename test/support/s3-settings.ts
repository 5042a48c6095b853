import * as z from "zod";
import { s3Section } from "../../src/lib/config/s3-section.ts";
import type { S3Settings } from "../../src/lib/s3/settings.ts";

const section = z.object({ s3: s3Section });

/**
 * Settings as a command makes them, of an environment that is the test's alone.
 *
 * @param env  its variables, secrets among them
 * @param s3   the section of churn.yaml; by default with a short deadline
 */
export function s3Settings(
  env: Readonly<Record<string, string>>,
  s3: Readonly<Record<string, unknown>> = {},
  root = "/nowhere",
): S3Settings {
  const get = (name: string) => env[name];
  return {
    s3: section.parse({ s3: { deadline: "1s", ...s3 } }).s3,
    root,
    // The SDK's own variables are the process's, which the tests beside this one share: none of ours get there.
    environment: { variables: new Map(), get, secret: get },
  };
}

/** Sets variables of this process, and no other of AWS's, for as long as something works. */
export async function withVariables<T>(variables: Readonly<Record<string, string>>, act: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return await act();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
