import { existsSync } from "node:fs";
import { join } from "node:path";
import { listed } from "../../cli/numbers.ts";
import { ChurnError } from "../../errors.ts";
import { type Environment, processEnvironment } from "../../workspace/env.ts";
import { isMaskable, isSecretName } from "../../workspace/secrets.ts";
import { type Finding, findingOf, fine, type Place, type PlaceCheck, START, warning } from "../check.ts";

/** The secrets that churn asks the environment for. What one of them is for is told by the check that misses it. */
export const SECRETS = [
  "PGPASSWORD",
  "MYSQL_PWD",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "MLFLOW_TRACKING_USERNAME",
  "MLFLOW_TRACKING_PASSWORD",
  "MLFLOW_TRACKING_TOKEN",
  "SLACK_BOT_TOKEN",
  "SLACK_WEBHOOK_URL",
  "SMTP_URL",
  "SMTP_PASSWORD",
  "NOTIFY_WEBHOOK_URL",
  "NOTIFY_WEBHOOK_SECRET",
  "HEARTBEAT_URL",
] as const;

/** Which secrets are set, and where, and whether their files are for their owner alone. No value is shown. */
export const secrets: PlaceCheck = {
  kind: "place",
  name: "secrets",
  stage: START,
  look: async (place) => {
    const { root, environment, env } = place;
    if (root.kind === "missing") return found(processEnvironment(env, "/"), place);
    if (environment.kind === "missing") return [findingOf(environment.error)];
    return found(environment.value, place);
  },
};

function found(environment: Environment, { root, opened }: Place): readonly Finding[] {
  const set = new Map<string, string[]>();
  const amiss: Finding[] = [];
  for (const name of new Set([...SECRETS, ...(opened?.config.source.env ?? [])])) {
    try {
      const value = environment.secret(name);
      if (value === undefined) continue;
      const place = placeOf(name, environment);
      set.set(place, [...(set.get(place) ?? []), name]);
      if (isSecretName(name) && !isMaskable(value))
        amiss.push(
          warning(
            `${name} is too short, or too ordinary a word, to be masked where it is shown`,
            "a secret of at least five letters, best of twelve or more",
          ),
        );
    } catch (error) {
      if (!(error instanceof ChurnError)) throw error;
      amiss.push(findingOf(error));
    }
  }
  const places = [...set].map(([place, names]) => `${listed(names)} in ${place}`);
  const file = root.kind === "found" && existsSync(join(root.value, ".env")) ? [] : ["no .env"];
  const said = [...places, ...(places.length === 0 ? ["none set"] : []), ...file].join("; ");
  return [...(amiss.length === 0 || places.length > 0 ? [fine(said)] : []), ...amiss];
}

/** A variable of the process goes before all that .env says: its file too before a value there. */
function placeOf(name: string, { variables }: Environment): string {
  const [own, file] = [variables.get(name), variables.get(`${name}_FILE`)];
  const isFile = own === undefined || (own.from === ".env" && file?.from === "environment");
  const place = (isFile ? file : own)?.from === ".env" ? ".env" : "the environment";
  return isFile ? `a file that ${place} names` : place;
}
