import { expect, test } from "vitest";
import { wheelFor, wheelNeeds } from "../../../src/lib/engine/native/wheel.ts";

test("a machine has its wheel", () => {
  expect(wheelFor("3.4.1", "linux", "arm64")).toMatchObject({
    name: "xgboost-cpu",
    version: "3.4.1",
    platforms: ["manylinux_2_28_aarch64", "manylinux2014_aarch64"],
  });
  const mac = wheelFor("3.4.1", "darwin", "arm64");
  expect(mac).toMatchObject({ name: "xgboost", platforms: ["macosx_12_0_arm64"] });
  expect(wheelNeeds(mac)).toBe("it needs OpenMP: brew install libomp");
});

test("a machine that has none is told of another way", () => {
  expect(() => wheelFor("3.4.1", "linux", "riscv64")).toThrow("there is no wheel of libxgboost for linux on riscv64");
});
