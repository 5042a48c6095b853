import { expect, test } from "vitest";
import { secretsIn } from "../../src/lib/workspace/secret-values.ts";

/** What is found in one variable. */
const found = (name: string, value: string) => secretsIn([[name, value]]);

test.each([
  ["SMTP_PASS", "of-smtp", ["of-smtp"]],
  ["MYSQL_PWD", "of-mysql", ["of-mysql"]],
  ["A_TOKEN", " with-blanks\n", [" with-blanks\n", "with-blanks"]],
  ["PROXY_AUTH", "churn:hunter2", ["churn:hunter2", "hunter2"]],
  ["HTTP_AUTHORIZATION", "Bearer abcde", ["Bearer abcde", "abcde"]],
  ["REQUIRE_AUTH", "false", []],
  ["A_TOKEN", "four", []],
])("of a secret's name the value, and what of it may be shown alone: %s=%j", (name, value, secrets) => {
  expect(found(name, value)).toEqual(secrets);
});

test.each([
  ["https://hc.company.com/0b5a3a0c-98ae-4c5a/", ["0b5a3a0c-98ae-4c5a"]],
  ["https://hc.company.com/ping-key-7a9c4c2c/nightly?create=1", ["ping-key-7a9c4c2c/nightly"]],
  ["https://hooks.company.com/churn?code=c7f1b2d39e8845aa", ["code=c7f1b2d39e8845aa"]],
  ["https://hooks.company.com/webhook", []],
  ["https://hooks.company.com/teams/machine-learning", []],
])("of an address that is a secret what follows its host, where it is no word: %s", (address, parts) => {
  expect(found("HEARTBEAT_URL", address)).toEqual([address, ...parts]);
});

test("of a secret of many lines each long one", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nabc=\n-----END PRIVATE KEY-----\n";
  expect(found("A_KEY", key)).toEqual(expect.arrayContaining([key, "MIIEvQIBADANBgkq"]));
  expect(found("A_KEY", key)).not.toContain("abc=");
});

test.each([
  ["postgres://churn:p%40ss-word@db/crm", ["p%40ss-word", "p@ss-word"]],
  ["postgres://churn:p@ss/word@db/crm", ["p@ss/word"]],
  ["postgres://a:first-one@h/x,postgres://b:second-one@h/y", ["first-one", "second-one"]],
  ["x://://user:password@host", ["//user:password"]],
  ["a b://x c://user:password@host:80", ["password"]],
  ["https://0123456789abcdef0123@github.com/a/b.git", ["0123456789abcdef0123"]],
  ["https://x-access-token:ghs_0123456789abcdef0123@github.com/a", ["ghs_0123456789abcdef0123"]],
  ["https://hooks.slack.com/services/T0/B0/abc", ["T0/B0/abc"]],
  ["Server=db;User Id=churn;Password=hunter2;", ["hunter2"]],
  ['host=db password="with blank"', ["with blank"]],
  ["-Dx=1 -Djavax.net.ssl.trustStorePassword=changeit", ["changeit"]],
  ["Driver={SQL Server};Uid=sa;Pwd={in;braces}};", ["in;braces"]],
  ["db:\n  user: churn\n  password: 'in yaml' # of crm\n- token: in-a-list  \n", ["in yaml", "in-a-list"]],
  ["user: churn\nlanguage: de\n", []],
  ["Server=db;Pwd='with blank';", ["with blank"]],
  ["--api-key=abcdef --key=customer_id", ["abcdef"]],
  ['{"db": {"user": "churn", "password": "in-json", "port": 5432}}', ["in-json"]],
  ['[{"token": "former"}, {"token": "second"}]', ["former", "second"]],
  ["plain text with nothing in it", []],
  ["{ no JSON", []],
])("of any other name what has a secret's form: %s", (value, secrets) => {
  expect(found("ANY", value)).toEqual(expect.arrayContaining(secrets));
  if (secrets.length === 0) expect(found("ANY", value)).toEqual([]);
});

test.each([
  ["url=postgres://churn:pass:w@rd@db/crm", ["pass:w@rd"]],
  ["https://:only-password@host/", ["only-password"]],
  ["http:maria:mistyped-word@host", ["mistyped-word"]],
  ["https//maria:mistyped-word@host/a", ["mistyped-word"]],
  ["https:/maria:mistyped-word@host", ["mistyped-word"]],
  ["one://host:80/path two@example.com", []],
  ["://user:password@host", []],
  ["https://user@host:8443/a", []],
  ["https://host:@x", []],
  ["mailto:someone@example.com", []],
])("the password of a URL and nothing else: %s", (value, secrets) => {
  expect(found("ANY", value).filter((secret) => !secrets.some((whole) => whole.includes(secret)))).toEqual([]);
  expect(found("ANY", value)).toEqual(expect.arrayContaining(secrets));
});

test("a secret that stands twice is one", () => {
  expect(
    secretsIn([
      ["A_TOKEN", "the-same"],
      ["B_TOKEN", "the-same"],
    ]),
  ).toEqual(["the-same"]);
});

/** What takes time with the square of the length would not come to an end today. */
test.each([
  ...[
    "a",
    "a=",
    "a b",
    "://",
    "x://a:b@",
    '{"a":',
    "password=b;",
    " = ",
    "a://",
    "a://b",
    "a://ba://b",
    "a://b:",
    "a:",
    "A9+.-",
  ],
  ...[
    "x://y@",
    "@",
    "?token",
    "?token=",
    "é://",
    " ",
    "\n",
    "eyJ.",
    "-----BEGIN PRIVATE KEY-----",
    "a='b\"",
    "\ntoken: ",
    "- ",
    "pwd={",
    "a #",
    "Bearer ",
  ],
])("a value of 500 kB of %j is read once", (piece) => {
  const long = piece.repeat(Math.ceil(500_000 / piece.length));
  for (const value of [long, `${long}@`, `x://${long}`, `x://user:${long}@host`]) {
    expect(found("ANY", value).every(({ length }) => length <= value.length)).toBe(true);
  }
});
