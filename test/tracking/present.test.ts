import { expect, test } from "vitest";
import { requirePresent } from "../../src/lib/tracking/present.ts";
import { oddServer } from "../support/odd-server.ts";
import { trackingAt } from "../support/tracking-server.ts";

test("who asks again at once has the answer that was given, a refusal too", async () => {
  await using server = await oddServer(() => ({ body: { experiments: [] } }));
  await using sound = trackingAt(server.url);
  await requirePresent(sound);
  await requirePresent(sound);
  expect(server.seen).toHaveLength(1);

  await using gate = await oddServer(() => ({ status: 401, body: "" }));
  await using strict = trackingAt(gate.url);
  for (const _ of [1, 2]) await expect(requirePresent(strict)).rejects.toMatchObject({ exitCode: 2 });
  expect(gate.seen).toHaveLength(1);
});
