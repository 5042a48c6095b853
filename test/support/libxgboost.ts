import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import koffi from "koffi";

/** Where install-libxgboost.sh puts them. */
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "churn-libxgboost");
const debian = join(cache, "debian", "usr", "lib");

/** Files of libxgboost, newest first. */
export const libraries: readonly string[] = [
  ...["3.4.1", "2.1.4"].map((version) => join(cache, version, "xgboost", "lib", "libxgboost.so")),
  ...(existsSync(debian) ? readdirSync(debian).map((triplet) => join(debian, triplet, "libxgboost.so.0")) : []),
].filter((file) => existsSync(file));

// As churn does, before OpenMP is loaded, which Debian's brings along.
process.env.OMP_WAIT_POLICY ??= "PASSIVE";
for (const file of libraries) {
  // Debian's needs one that lies beside it, where the loader doesn't look.
  const beside = join(dirname(file), "libdmlc.so.0");
  if (existsSync(beside)) koffi.load(beside);
}

/** The newest of them; tests that need one are skipped where it is "". */
export const [newest = ""] = libraries;

if (newest === "")
  process.stderr.write("The tests of libxgboost are skipped: test/support/install-libxgboost.sh gets libraries.\n");
