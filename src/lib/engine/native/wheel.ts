import { UsageError } from "../../errors.ts";

export const WHEEL_VERSION = "3.4.1";

/** A Python package that holds libxgboost for a kind of machine. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** the kinds of machine that pip takes it of, the best first */
  readonly platforms: readonly string[];
  /** the Python that pip believes it installs for */
  readonly python: string;
  /** roughly, in MB */
  readonly size: { readonly download: number; readonly disk: number };
}

/** By Node's names of platform and architecture. On Linux xgboost alone would bring hundreds of MB for GPUs. */
const KINDS: Readonly<Record<string, Pick<Wheel, "name" | "platforms" | "size">>> = {
  "linux x64": linux("x86_64"),
  "linux arm64": linux("aarch64"),
  "darwin x64": { name: "xgboost", platforms: ["macosx_10_15_x86_64"], size: { download: 3, disk: 10 } },
  "darwin arm64": { name: "xgboost", platforms: ["macosx_12_0_arm64"], size: { download: 3, disk: 10 } },
};

function linux(architecture: string): (typeof KINDS)[string] {
  // Up to 3.0 the second; it needs an older glibc.
  const platforms = [`manylinux_2_28_${architecture}`, `manylinux2014_${architecture}`];
  return { name: "xgboost-cpu", platforms, size: { download: 6, disk: 25 } };
}

/**
 * The wheel for a machine, by default this one.
 *
 * @throws {UsageError} when there is none
 */
export function wheelFor(version: string, platform: string = process.platform, arch: string = process.arch): Wheel {
  const kind = KINDS[`${platform} ${arch}`];
  if (kind !== undefined) return { ...kind, version, python: "3.12" };
  throw new UsageError(
    `there is no wheel of libxgboost for ${platform} on ${arch}`,
    "name a libxgboost of 1.7 or newer in train.library, such as Debian's libxgboost0",
  );
}

/** What a wheel needs of a machine, for one where its library doesn't load. */
export function wheelNeeds({ name }: Wheel): string {
  return name === "xgboost"
    ? "it needs OpenMP: brew install libomp"
    : "it needs glibc 2.28 or newer (ldd --version), which musl isn't; churn setup native --version 2.1.4 does with 2.17";
}
