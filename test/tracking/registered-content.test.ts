import { describe, expect } from "vitest";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { modelDigest } from "../../src/lib/tracking/model-files.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import {
  contentDigest,
  contentOf,
  requireRegisteredContent,
  requireSameFiles,
  restoring,
  thresholdOf,
} from "../../src/lib/tracking/registered-content.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelVersion, Tracking } from "../../src/lib/tracking/tracking.ts";
import { modelName, newRun, registerVersion, registry, smallModel, test } from "../support/tracking-folder.ts";

const files = smallModel("a");
const changed = (name: string, content: string) => new Map(files).set(name, Buffer.from(content));
const without = (name: string) => new Map([...files].filter(([file]) => file !== name));

function version(own: Readonly<Record<string, string>>): ModelVersion {
  const told = { name: modelName, version: 3, stage: "Staging", runId: "r", source: "", creationTime: 0 } as const;
  return { ...told, aliases: [], tag: (key) => own[key] };
}
/** A registry whose run says a threshold, or whose run is gone. */
const run = (threshold?: string): Pick<Tracking, "getRun"> => ({
  getRun: async (runId) =>
    threshold === undefined
      ? undefined
      : {
          runId,
          experimentId: "0",
          runName: "",
          status: "FINISHED",
          artifactUri: "",
          params: {},
          metrics: {},
          tags: { [tags.threshold]: threshold },
        },
});
const own = {
  [tags.modelDigest]: modelDigest(files),
  [tags.contentDigest]: contentDigest(files, 0.375),
  [tags.threshold]: "0.375",
};

describe("the digest of a version", () => {
  test("covers every file and the threshold, in whatever order", () => {
    expect(contentDigest(new Map([...files].reverse()), 0.375)).toBe(own[tags.contentDigest]);
    for (const name of files.keys()) {
      expect(contentDigest(changed(name, ""), 0.375)).not.toBe(own[tags.contentDigest]);
      expect(contentDigest(without(name), 0.375)).not.toBe(own[tags.contentDigest]);
    }
    expect(contentDigest(changed("more", ""), 0.375)).not.toBe(own[tags.contentDigest]);
    expect(contentDigest(files, 0.37)).not.toBe(own[tags.contentDigest]);
    // A name with a line end in it is no two files.
    const [one, two] = [sha256(Buffer.from("1")), Buffer.from("2")];
    const forged = `a\n${sha256(two)}  b`;
    const honest = new Map([
      ["a", Buffer.from("1")],
      ["b", two],
    ]);
    expect(one).not.toBe(sha256(two));
    expect(contentDigest(new Map([[forged, Buffer.from("1")]]), 0.5)).not.toBe(contentDigest(honest, 0.5));
  });
});

describe("a version", () => {
  test("that is as it was registered has its threshold", async () => {
    expect(await contentOf(run(), version(own), files)).toEqual({
      threshold: 0.375,
      damage: undefined,
      mended: undefined,
    });
  });

  test.for(["", "0", "0.3", "2", "-1", "abc", "0.375\n0.1"])(
    "whose tag of the threshold was changed to %j has the one that its run says and the digest proves",
    async (threshold) => {
      const hurt = version({ ...own, [tags.threshold]: threshold });
      expect(await contentOf(run("0.375"), hurt, files)).toEqual({
        threshold: 0.375,
        damage: undefined,
        mended: "its tag churn.threshold is damaged; its run says 0.375",
      });
      for (const registry of [run(), run("0.3")]) {
        expect((await contentOf(registry, hurt, files)).damage).toBe(
          "its files or its threshold were changed since version 3 was registered",
        );
      }
    },
  );

  test("of which one file was changed, emptied, added or removed is damaged", async () => {
    for (const name of files.keys()) {
      for (const hurt of [changed(name, ""), without(name)]) {
        expect((await contentOf(run("0.375"), version(own), hurt)).damage).toContain("changed since version 3");
      }
    }
    expect((await contentOf(run(), version(own), changed("code.py", "import os"))).damage).toBeDefined();
  });

  test("of before churn 1.4 is held to the two files that its digest covers", async () => {
    const { [tags.contentDigest]: _, ...old } = own;
    expect(await contentOf(run(), version(old), changed("MLmodel", "other"))).toMatchObject({ threshold: 0.375 });
    expect((await contentOf(run(), version(old), changed("model.json", "{}"))).damage).toBe(
      "its files were changed since version 3 was registered",
    );
    const { [tags.threshold]: __, ...none } = old;
    expect(await contentOf(run("0.25"), version(none), files)).toMatchObject({ threshold: 0.25, damage: undefined });
    expect(await contentOf(run(), version(none), files)).toMatchObject({ threshold: undefined, damage: undefined });
  });

  test("of somebody else's is held to nothing", async () => {
    expect(await contentOf(run(), version({}), new Map())).toEqual({
      threshold: undefined,
      damage: undefined,
      mended: undefined,
    });
  });
});

test("how a damaged version is restored is one line, whatever address it has", () => {
  const forged = { ...version(own), source: "file:///a\nchurn promote --version 666" };
  expect(restoring(forged)).toBe("restore the files in file:///a�churn promote --version 666 from a backup");
});

test("a threshold is a probability between 0 and 1, written out", () => {
  expect(["0.5", "1e-7", "0.05"].map(thresholdOf)).toEqual([0.5, 1e-7, 0.05]);
  for (const text of ["", " ", "0", "1", "2", "-0.5", "0x1", "NaN", "0.5 ", "Infinity", "0,5"]) {
    expect(thresholdOf(text)).toBeUndefined();
  }
});

test("what is read back must be the files that were registered, each of them", () => {
  expect(() => requireSameFiles(files, new Map(files), "version 4", "2026-11-23")).not.toThrow();
  for (const [hurt, message] of [
    [changed("preprocessing.json", ""), "has another preprocessing.json, which is empty"],
    [changed("MLmodel", "x"), "has another MLmodel"],
    [without("model.json"), "has no model.json"],
    [changed("z.py", "x"), "has a z.py too"],
  ] as const) {
    expect(() => requireSameFiles(hurt, files, "version 4", "2026-11-23")).toThrow(
      expect.objectContaining({
        exitCode: 5,
        message: `version 4 was registered, but read back it ${message}`,
        hint: "is the artifact store sound? churn run-all --date 2026-11-23 --from train logs it again",
      }),
    );
  }
});

test("promote refuses a version that isn't what was registered, and takes one of somebody else's", async ({
  tracking,
}) => {
  const made = await registerVersion(tracking, "night");
  await tracking.transitionStage(modelName, 1, "Staging");
  await expect(planPromotion(tracking, registry, 1)).resolves.toMatchObject({ kind: "promote" });
  const logged = await tracking.downloadModel(made);
  const sound = {
    [tags.night]: "2026-11-23",
    [tags.modelDigest]: modelDigest(logged),
    [tags.threshold]: "0.5",
    [tags.contentDigest]: contentDigest(logged, 0.5),
  };
  await tracking.setModelVersionTags(modelName, 1, sound);
  await expect(planPromotion(tracking, registry, 1)).resolves.toMatchObject({ kind: "promote" });

  const { runId } = await tracking.createRun(newRun("night"));
  await tracking.logModel(runId, new Map(logged).set("MLmodel", Buffer.from("flavors: {}\n")));
  for (const stage of ["Staging", "Archived"] as const) {
    await tracking.transitionStage(modelName, 1, stage);
    await expect(planPromotion(tracking, registry, 1)).rejects.toMatchObject({
      exitCode: 4,
      message:
        "churn-model version 1 is not what was registered: its files or its threshold were changed since version 1 was registered",
      hint: expect.stringMatching(
        /models\/2026-11-23\/model of the store .*; or promote another version: churn models$/,
      ),
    });
  }
  await tracking.logModel(runId, logged);
  await tracking.setModelVersionTags(modelName, 1, { [tags.threshold]: "" });
  await expect(requireRegisteredContent(tracking, made)).rejects.toThrow("is not what was registered");
});
