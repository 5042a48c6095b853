import { expect } from "vitest";
import { email } from "../../../src/lib/doctor/checks/email.ts";
import { foundBy, writeWorkspace } from "../../support/doctor.ts";
import { test } from "../../support/folder.ts";
import { oddMailServer } from "../../support/odd-mail-server.ts";

const PASSWORD = "s3cret-w0rd-of-mail";
const settings = (port: number) => [
  "notify.channels=[email]",
  `notify.email={from: churn@company.com, to: [ml@company.com], smtp: {host: 127.0.0.1, port: ${port}, user: churn, require_tls: false}}`,
];

test("a mail server that lets churn in gets no mail", async ({ folder }) => {
  await writeWorkspace(folder);
  await using server = await oddMailServer({ extensions: ["AUTH PLAIN"] });
  expect(await foundBy(email, folder, { set: settings(server.port), env: { SMTP_PASSWORD: PASSWORD } })).toEqual([
    { state: "ok", text: `the mail server 127.0.0.1:${server.port} lets churn in` },
  ]);
  expect(server.kept).toEqual([]);
});

test("one that doesn't, and one that isn't there, are problems of notify; no password is shown", async ({ folder }) => {
  await writeWorkspace(folder);
  await using server = await oddMailServer({ extensions: ["AUTH PLAIN"], answers: { AUTH: `535 no ${PASSWORD}` } });
  const env = { SMTP_PASSWORD: PASSWORD };
  const refused = await foundBy(email, folder, { set: settings(server.port), env });
  expect(refused).toEqual([expect.objectContaining({ state: "problem", exitCode: 2, stage: "notify" })]);
  expect(JSON.stringify(refused)).not.toContain(PASSWORD);
  expect(await foundBy(email, folder, { set: settings(1), env })).toEqual([
    {
      state: "problem",
      exitCode: 5,
      stage: "notify",
      text: "the mail server 127.0.0.1:1: nothing listens there (ECONNREFUSED)",
      next: ["is it up, and is the port right?"],
    },
  ]);
});
