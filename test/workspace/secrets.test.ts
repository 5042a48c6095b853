import { describe, expect, test } from "vitest";
import { outcome, rule } from "../../src/lib/compare/report.ts";
import { columnKind } from "../../src/lib/source/kinds.ts";
import { hasSecret, isMaskable, isSecretName, maskForms, secretForms } from "../../src/lib/workspace/secrets.ts";
import { pipeline } from "../../src/pipeline.ts";

describe("names", () => {
  test.each([
    "SMTP_PASS",
    "SMTP_PASSWORD",
    "DBPASS",
    "SSHPASS",
    "PGPASSWORD",
    "MYSQL_PWD",
    "ORACLEPWD",
    "MYSQL_ROOT_PASSWORD",
    "LDAP_BIND_PW",
    "GPG_PASSPHRASE",
    "KEYSTORE_PASSWD",
    "MLFLOW_TRACKING_TOKEN",
    "GITHUB_TOKEN",
    "CI_JOB_TOKEN",
    "accessToken",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "API_KEY",
    "OPENAI_APIKEY",
    "ssh-private-key",
    "FERNET_KEYS",
    "SECRET_KEY_BASE",
    "GOOGLE_CREDENTIALS",
    "REGISTRY_CREDS",
    "PROXY_AUTH",
    "OAUTH2_CLIENT",
    "HTTP_AUTHORIZATION",
    "SLACK_WEBHOOK_URL",
    "NOTIFY_WEBHOOK_URL",
    "NOTIFY_WEBHOOK_SECRET",
    "HEARTBEAT_URL",
    "SMTP_URL",
    "HC_PING_URL",
    "TEAMS_WEBHOOK",
    "SESSION_COOKIE",
    "jwt",
    "DB_PASS1",
    "APIKEY2",
    "GITHUB_PAT",
    "BLOB_SAS",
    "KENNWORT",
  ])("%s is a secret's", (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  test.each([
    "PWD",
    "OLDPWD",
    "PATH",
    "GIT_AUTHOR_NAME",
    "XAUTHORITY",
    "SSH_AUTH_SOCK",
    "SSH_ASKPASS",
    "PGPASSFILE",
    "API_KEY_FILE",
    "AUTH_USER",
    "TOKEN_TTL",
    "PASSWORD_MIN_LENGTH",
    "TOKENIZERS_PARALLELISM",
    "COMPASS_URL",
    "BYPASS",
    "MONKEY",
    "KEYBOARD_LAYOUT",
    "KEYCLOAK_URL",
    "PRIMARY_KEY",
    "SSH_PUBLIC_KEY",
    "SONAR_PROJECT_KEY",
    "PARTITION_KEYS",
    "CHURN_SPLIT_SALT",
    "LS_COLORS",
    "HOSTNAME",
    "PATTERN",
    "SASL_MECHANISM",
    "CHURN_NOTIFY_WEBHOOK_ON",
    "SHIPPING_URL",
    "SMTP_HOST",
    "",
  ])("%s is none", (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe("forms", () => {
  const slack = "https://hooks.slack.com/services/";
  test.each([
    ["postgres://churn:s3cret@db.company.com/crm", "postgres://churn:***@db.company.com/crm"],
    ["at https://:tok@mlflow:5000/x, and http://a:b@c", "at https://:***@mlflow:5000/x, and http://a:***@c"],
    ["s3+x://key:p@ss@host", "s3+x://key:***@host"],
    ["postgres://db/crm?user=churn&password=s3cret&x=1", "postgres://db/crm?user=churn&password=***&x=1"],
    ["https://b.blob/x?sv=1&sig=aB%2F&se=2", "https://b.blob/x?sv=1&sig=***&se=2"],
    ["https://s3/x?X-Amz-Signature=abc", "https://s3/x?X-Amz-Signature=***"],
    [`see ${slack}T0/B0/abc, now`, `see ${slack}*** now`],
    ["https://discord.com/api/webhooks/1/abc", "https://discord.com/api/webhooks/***"],
    ["https://hc-ping.com/0b5a/start?rid=1 ended", "https://hc-ping.com/*** ended"],
    ["https://nosnch.in/c2354d53d2", "https://nosnch.in/***"],
    ["https://cronitor.link/p/a1b2/nightly", "https://cronitor.link/p/***"],
    ["https://api.telegram.org/bot1:abc/send", "https://api.telegram.org/bot***"],
    [`a ghp_${"a1".repeat(18)} b`, "a *** b"],
    ["xoxb-123456789012-abcdef", "***"],
    ["AKIAIOSFODNN7EXAMPLE", "***"],
    [`by sk_live_${"a1".repeat(12)}.`, "by ***."],
    [`SG.${"a1".repeat(11)}.${"b2".repeat(21)}`, "***"],
    [`token=dapi${"a1".repeat(16)}`, "token=***"],
    [`hvs.${"a1".repeat(12)}`, "***"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_", "***"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nrest", "***\nrest"],
    ["-----BEGIN PRIVATE KEY-----\nMIIE, cut", "***"],
  ])("leave no doubt: %s", (before, after) => {
    expect(maskForms(before)).toBe(after);
    expect(hasSecret(before)).toBe(true);
    expect(hasSecret(after)).toBe(false);
    expect(secretForms(before)).not.toEqual([]);
  });

  test.each([
    ["https://0123456789abcdef0123@github.com/a/b.git", "https://***@github.com/a/b.git"],
    ["host=db password=s3cret user=x", "host=db password=*** user=x"],
    ["Pwd='with blank';Server=x", "Pwd=***;Server=x"],
    ["Pwd={a;b};Server=x", "Pwd=***;Server=x"],
    ['{"user":"x","password":"s3c,ret"}', '{"user":"x","password":"***"}'],
    ["Authorization: Basic Y2h1cm46aHVudGVyMg==", "Authorization: Basic ***"],
    ["authorization=abc", "authorization=***"],
    ["https://hc.company.com/ping/0b5a3a0c-98ae-4c5a-9c1d-5d0f6a3e3f0d/start", "https://hc.company.com/ping/***/start"],
    ["sent Bearer abcdefghijklmnop1", "sent Bearer ***"],
  ])("are masked where they are shown, and refused nowhere: %s", (before, after) => {
    expect(maskForms(before)).toBe(after);
    expect(maskForms(after)).toBe(after);
    expect(hasSecret(before)).toBe(false);
  });

  test.each([
    "http://localhost:5000/models/churn@production",
    "http://mlflow2.internal.company.com:5000/x",
    "ssh://git@github.com/a/b.git",
    "mail to maria@company.com: done",
    "password: must be text",
    "https://hooks.slack.com/help",
    "wasbs://customers@company.blob.core.windows.net/x",
    "sha256 0123456789abcdef0123456789abcdef",
    "npm_config_global_prefix_and_more",
    "SELECT token, sort_key FROM t WHERE key = 5",
    "",
  ])("are none of an honest text: %s", (text) => {
    expect(maskForms(text)).toBe(text);
    expect(hasSecret(text)).toBe(false);
  });
});

describe("values", () => {
  test.each([
    "",
    "1",
    "test",
    "s3c!",
    "true",
    "false",
    "disabled",
    "Basic",
    "churn",
    "artifacts",
    "model",
    "*****",
    "      ",
    "-----------",
  ])("%j can't be told from other text", (value) => {
    expect(isMaskable(value)).toBe(false);
  });

  test("a stage's name neither: each text of churn's is full of them", () => {
    expect(pipeline.filter(({ name }) => isMaskable(name))).toEqual([]);
  });

  test("nor are the words by which programs go in what churn tells them", () => {
    const stages = ["Staging", "Production", "Archived"];
    const statuses = ["running", "succeeded", "failed", "interrupted", "fresh", "decided"];
    const words = [...outcome.options, ...rule.shape.verdict.options, ...columnKind.options, ...stages, ...statuses];
    // A password that is a part of one is found in it: no letter adjoins.
    const parts = words.flatMap((word) => word.split("_"));
    expect(parts.filter(isMaskable)).toEqual([]);
  });

  test.each(["68343", "hunter2", "swordfish", "x".repeat(60_000)])("%j can", (value) => {
    expect(isMaskable(value)).toBe(true);
  });
});

test("a text of any length is read once, whatever it is made of", () => {
  const pieces = [
    "a",
    "://",
    "a:",
    "a:b@",
    "?key=",
    "eyJ.",
    "-----BEGIN ",
    "password= ",
    "ghp_",
    "a.b-",
    '"',
    "Bearer ",
  ];
  for (const piece of pieces) {
    const text = piece.repeat(300_000 / piece.length);
    expect(maskForms(text).length).toBeGreaterThan(0);
    expect(secretForms(text)).toBeDefined();
  }
});
