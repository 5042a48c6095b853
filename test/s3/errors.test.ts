import { inspect } from "node:util";
import { describe, expect } from "vitest";
import { ChurnError } from "../../src/lib/errors.ts";
import { openBucket } from "../../src/lib/s3/client.ts";
import { s3, s3Faults } from "../errors/s3.ts";
import { projectFile, tableUnder } from "../support/docs.ts";
import { refusals, startFaultyS3 } from "../support/faulty-s3.ts";
import { test } from "../support/folder.ts";
import { s3Settings } from "../support/s3-settings.ts";

test("docs/reliability.md has each fault of a bucket, its sentence and its exit code", async () => {
  const text = await projectFile("docs/reliability.md");
  const short = (sentence: string) =>
    sentence
      .replaceAll(/s3:\/\/nights\/[\w…/.-]*/g, "PLACE")
      .replaceAll(/REQUEST\d/g, "ID")
      .replaceAll("http://127.0.0.1:9", "…");
  const said = s3Faults.map(({ cause, says, code }) => [cause, short(says), String(code)]);
  expect(tableUnder(text, "## Faults of a bucket")).toEqual(said);
});

describe("no secret is in anything that an error has", () => {
  test.for(s3.flatMap(({ cause, by }) => (typeof by === "string" ? [] : [{ cause, by }])))(
    "$cause",
    async ({ by }, { folder }) => {
      const error = await Promise.resolve()
        .then(() => by(folder))
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ChurnError);
      hasNoSecret(error);
    },
  );

  test("nor in that of a server that says all it knows", async () => {
    await using server = await startFaultyS3();
    const more =
      "<AWSAccessKeyId>churn-test-key</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 x</StringToSign><SignatureProvided>5ec2e7</SignatureProvided><Token-0>the-token-of-a-session</Token-0>";
    for (const refusal of [...Object.values(refusals), { status: 418, code: "Odd" }]) {
      server.put({ ...refusal, more: `${more}<Message>churn-test-secret-key</Message>` });
      const settings = s3Settings({ ...server.env, AWS_SESSION_TOKEN: "the-token-of-a-session" }, { deadline: "0s" });
      const error = await openBucket("nights", settings)
        .list("")
        .catch((reason: unknown) => reason);
      if (error instanceof ChurnError) hasNoSecret(error);
    }
    expect(server.count()).toBeGreaterThan(10);
  });
});

/** A secret key, a token, what was signed, and what a request was signed with. */
const SECRETS = /churn-test-secret-key|the-token-of-a-session|AWS4-HMAC|Signature[=P]|Token-0|authorization|5ec2e7/i;

function hasNoSecret(error: unknown): void {
  expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toMatch(SECRETS);
  expect(JSON.stringify(error)).not.toMatch(SECRETS);
  for (let one = error; one instanceof Error; one = one.cause)
    expect(`${one.message}${one.stack}`).not.toMatch(SECRETS);
}
