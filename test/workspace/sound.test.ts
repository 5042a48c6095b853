import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { ConfigSection } from "../../src/lib/config/schema.ts";
import { UsageError } from "../../src/lib/errors.ts";
import { keepStore } from "../../src/lib/workspace/known-store.ts";
import { requireSoundStore, whyUnasked } from "../../src/lib/workspace/sound.ts";
import { openSoundWorkspace } from "../../src/lib/workspace/workspace.ts";
import { least } from "../support/config-workspace.ts";
import { test } from "../support/folder.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

const refusal = new UsageError("the .env is open to others");

test("the registry isn't asked where what says which one it is may be wrong", () => {
  const why = (sections: readonly ConfigSection[], refused?: UsageError) =>
    whyUnasked({ broken: new Set(sections), refusal: refused });
  expect([why([]), why(["gates", "store"])]).toEqual([undefined, undefined]);
  expect(why(["s3", "register"])).toBe("the registry was not asked: register and s3 in churn.yaml first");
  expect(why([], refusal)).toBe("the registry was not asked: .env first");
  expect(why(["tracking"], refusal)).toBe("the registry was not asked: tracking in churn.yaml and .env first");
});

test("a store in doubt is to be the one that the folder has worked with", async ({ folder }) => {
  await writeFile(join(folder, "churn.yaml"), least);
  const workspace = await openSoundWorkspace(contextIn(folder, quietTerminal().terminal));
  const wrong = new UsageError("churn.yaml is wrong");
  const asked = (sections: readonly ConfigSection[], refused?: UsageError) =>
    requireSoundStore({ ...workspace, wrong, broken: new Set(sections), refusal: refused });
  await requireSoundStore(workspace);
  await asked(["gates", "s3"]);
  await expect(asked(["store"])).rejects.toBe(wrong);
  await expect(asked([], refusal)).rejects.toBe(wrong);
  await keepStore(workspace);
  await asked(["store"]);
  await asked([], refusal);
});

test("a bucket is not even asked where nobody knows at which server it is", async ({ folder }) => {
  await writeFile(join(folder, "churn.yaml"), `${least}store: s3://bucket/churn\ns3: { endpoint: 3 }\n`);
  const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
  const workspace = await openSoundWorkspace({ ...contextIn(folder, quietTerminal().terminal), env });
  const nobody = () => Promise.reject(new Error("nobody asks"));
  const store = { ...workspace.store, read: nobody, stat: nobody, list: nobody };
  expect([...workspace.broken]).toEqual(["s3"]);
  await expect(requireSoundStore({ ...workspace, store })).rejects.toBe(workspace.wrong);
  const sound = { ...workspace, store, broken: new Set<ConfigSection>() };
  await requireSoundStore(sound);
  await expect(requireSoundStore({ ...sound, refusal })).rejects.toBe(workspace.wrong);
});
