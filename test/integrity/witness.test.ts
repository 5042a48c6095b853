import { join } from "node:path";
import { expect } from "vitest";
import { ServiceError } from "../../src/lib/errors.ts";
import { witnessOf } from "../../src/lib/integrity/witness.ts";
import { chooseNight } from "../../src/lib/supervise/open-night.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { oddServer } from "../support/odd-server.ts";
import { test, WORKSPACE } from "../support/records.ts";
import { modelName, registerVersion } from "../support/tracking-folder.ts";
import { trackingAt } from "../support/tracking-server.ts";

const NIGHT = "2026-11-23";

test("the message to the team tells of a decision, and so does a version of this workspace and night", async ({
  archive,
}) => {
  const tracking = openFolder(join(archive.store.address, "mlruns"));
  // A run asks the registry once.
  const witness = (night: string) => witnessOf(archive, { tracking: async () => tracking }, modelName)(night);
  await registerVersion(tracking, "a", { [tags.workspace]: "another", [tags.night]: NIGHT });
  await registerVersion(tracking, "b", { [tags.workspace]: WORKSPACE, [tags.night]: "2026-11-20" });
  await archive.store.write(`notifications/${NIGHT}.failed.20261123T050000Z-0001.txt`, "a failure decides nothing");
  expect(await witness(NIGHT)).toBeUndefined();

  await registerVersion(tracking, "c", { [tags.workspace]: WORKSPACE, [tags.night]: NIGHT });
  expect(await witness(NIGHT)).toBe("version 3 of churn-model");
  await archive.store.write(`notifications/${NIGHT}.txt`, "told");
  expect(await witness(NIGHT)).toBe(`notifications/${NIGHT}.txt`);
});

test("a registry that can't be asked tells nothing", async ({ archive }) => {
  const tracking = () => Promise.reject(new ServiceError("unreachable"));
  expect(await witnessOf(archive, { tracking }, modelName)(NIGHT)).toBeUndefined();
});

test("but one that is only slow is waited for", async ({ archive }) => {
  const version = {
    name: modelName,
    version: "7",
    creation_timestamp: 1,
    current_stage: "Staging",
    tags: [
      { key: tags.workspace, value: WORKSPACE },
      { key: tags.night, value: NIGHT },
    ],
  };
  await using server = await oddServer(({ target }) =>
    target.includes("experiments/search")
      ? () => {}
      : { body: { model_versions: [version], registered_model: { name: modelName } } },
  );
  await using tracking = trackingAt(server.url);
  expect(await witnessOf(archive, { tracking: async () => tracking }, modelName)(NIGHT)).toBe(
    "version 7 of churn-model",
  );
});

test("--again opens no night that somebody tells of", async ({ archive }) => {
  const told = ["2026-11-23", "2026-11-23.2", "2026-11-23.3"];
  const witness = async (night: string) => (told.includes(night) ? "a message" : undefined);
  const request = { named: nightOf(NIGHT, 1), again: true, force: false };
  expect(await chooseNight(archive, request, witness)).toMatchObject({ night: nightOf(NIGHT, 4) });
  await expect(
    chooseNight(archive, { ...request, again: false, force: true }, witness),
    "who forces a night is told of what is missing when it is opened",
  ).resolves.toMatchObject({ night: nightOf(NIGHT, 1) });
});
