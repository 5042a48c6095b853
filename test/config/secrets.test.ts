import { expect, test } from "vitest";
import { configKeys } from "../../src/lib/config/keys.ts";
import { complaint, least, load } from "../support/config-workspace.ts";

const ANYWHERE =
  "→ put it into the environment, a file that NAME_FILE names, or the workspace's .env (files with mode 0600)";
const AS_URL = "→ put it into the environment or the workspace's .env (mode 0600) as CHURN_SOURCE_URL";
const AS_PASSWORD =
  "→ leave it out there: PGPASSWORD or MYSQL_PWD, in the environment or the workspace's .env (mode 0600)";

test.each([
  "password",
  "slack_webhook",
  "api_key",
  "AWS_SECRET_ACCESS_KEY",
  "private_key",
  "credentials",
  "accessToken",
])("a key called %s is refused in churn.yaml without its value", async (key) => {
  expect(await complaint({ yaml: `${least}notify:\n  slack:\n    ${key}: hunter2\n` })).toEqual([
    `churn.yaml line 7: notify.slack.${key} looks like a secret, which doesn't belong in churn.yaml`,
    ANYWHERE,
  ]);
});

test.each([
  ["postgres://churn:hunter2@db.company.com/crm", AS_PASSWORD],
  ["postgres://churn:hun/ter2@db.company.com/crm", AS_PASSWORD],
  ["mysql://churn:hun?ter2@db.company.com/crm", AS_PASSWORD],
  ["postgres://db.company.com/crm?user=churn&password=hunter2", AS_PASSWORD],
  ["https://hooks.slack.com/services/T0/B0/hunter2", AS_URL],
])("a value with a secret in it is refused in churn.yaml and on a command line: %s", async (url, hint) => {
  expect(await complaint({ yaml: least.replace("duckdb:customers.duckdb", url) })).toEqual([
    "churn.yaml line 4: source.url has a secret in it, which doesn't belong in churn.yaml",
    hint,
  ]);
  expect(await complaint({ set: [`source.url=${url}`] })).toEqual([
    "--set source.url: source.url has a secret in it, which doesn't belong on a command line",
    hint,
  ]);
});

const AS_KEYS =
  "→ leave it out there: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, in the environment or the workspace's .env (mode 0600)";

test.each([
  ["store", "s3://AKIAEXAMPLE:hunter2@company/churn", "has a secret in it"],
  ["s3.endpoint", "https://AKIAEXAMPLE:hunter2@minio.company.com", "has a secret in it"],
  ["s3.secret_access_key", "hunter2", "looks like a secret"],
])("keys of a bucket have names of their own, since %s takes none anywhere", async (name, value, what) => {
  expect(await complaint({ set: [`${name}=${value}`] })).toEqual([
    `--set ${name}: ${name} ${what}, which doesn't belong on a command line`,
    AS_KEYS,
  ]);
});

test("a secret's name is refused on a command line", async () => {
  expect(await complaint({ set: ["notify.token=hunter2"] })).toEqual([
    "--set notify.token: notify.token looks like a secret, which doesn't belong on a command line",
    ANYWHERE,
  ]);
});

test("the environment may hold a URL with a password, which the configuration doesn't keep", async () => {
  const url = "postgres://churn:hunter2@db.company.com/crm";
  expect((await load({ env: { CHURN_SOURCE_URL: url } })).config.source.url).toBe(
    "postgres://churn@db.company.com/crm",
  );
});

test("a column may be called like a secret", async () => {
  const yaml = `${least}transform: { fill: { token_count: "0", password: "'none'" } }\n`;
  expect(Object.keys((await load({ yaml })).config.transform.fill)).toEqual(["token_count", "password"]);
});

test("no key of churn.yaml is called like a secret", async () => {
  for (const { name, path } of configKeys) {
    const [first, ...rest] = [...path].reverse();
    const yaml = rest.reduce((inner, part) => `{ ${part}: ${inner} }`, `{ ${first}: 1 }`);
    expect((await complaint({ yaml })).join("\n"), name).not.toContain("secret");
  }
});

test("a section of churn's own may be called like one, and an address in its place is refused", async () => {
  const yaml = `${least}notify: { webhook: { on: [failed] } }\n`;
  expect((await load({ yaml })).config.notify.webhook).toEqual({ on: ["failed"] });
  expect((await load({ set: ["notify.webhook.on=[failed]"] })).config.notify.webhook).toEqual({ on: ["failed"] });
  expect((await load({ env: { CHURN_NOTIFY_WEBHOOK_ON: "[failed]" } })).config.notify.webhook.on).toEqual(["failed"]);
  expect(await complaint({ yaml: `${least}notify: { webhook: "https://hooks.company.com/hunter2" }\n` })).toEqual([
    "churn.yaml line 5: notify.webhook looks like a secret, which doesn't belong in churn.yaml",
    ANYWHERE,
  ]);
  // Within it, as everywhere.
  expect(
    await complaint({ yaml: `${least}notify: { webhook: { url: "https://a:hunter2@hooks.company.com" } }\n` }),
  ).toEqual(["churn.yaml line 5: notify.webhook.url has a secret in it, which doesn't belong in churn.yaml", ANYWHERE]);
});
