import { createHash } from "node:crypto";
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Files that tell their night, or their run; all others are the same every night, and one file on the disk. */
const TELLING = /^(records|logs)\/|\/(meta\.yaml|registration\.json)$|\/tags\//;

/**
 * Gives a workspace of one decided night so many more before it, as if it had run every night since: its files, records, logs,
 * MLflow runs and versions. The night that is there stays the newest one; every thirtieth version has been in Production.
 *
 * @param {string} root    the workspace's folder
 * @param {number} nights  decided nights at the end
 */
export function manyNights(root, nights) {
  const [newest = ""] = readdirSync(join(root, "records"));
  const model = join(root, "mlruns", "models", "churn-model");
  const [experiment = ""] = readdirSync(join(root, "mlruns")).filter((name) => /^\d{18}$/.test(name));
  const [run = ""] = readdirSync(join(root, "mlruns", experiment)).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const runs = join("mlruns", experiment);

  for (let back = 1; back < nights; back += 1) {
    const night = new Date(Date.parse(`${newest}T00:00:00Z`) - back * 86_400_000).toISOString().slice(0, 10);
    const ownRun = createHash("md5").update(night).digest("hex");
    const told = (text) => text.replaceAll(newest, night).replaceAll(run, ownRun);
    for (const place of ["raw", "processed", "features", "models", "records", "logs"])
      copy(root, join(place, newest), join(place, night), told);
    copy(root, join(runs, run), join(runs, ownRun), told);

    const version = back + 1;
    const folder = join(model, `version-${version}`);
    cpSync(join(model, "version-1"), folder, { recursive: true });
    change(join(folder, "meta.yaml"), (text) =>
      told(text).replace("version: 1", `version: ${version}`).replace("current_stage: Production", "current_stage: Archived"),
    );
    change(join(folder, "tags", "churn.night"), told);
    writeFileSync(join(folder, "tags", "churn.model_digest"), createHash("sha256").update(night).digest("hex"));
    if (back % 30 > 0) continue;
    writeFileSync(join(folder, "tags", "churn.production_until"), "2026-01-01T06:00:00.000Z");
  }
}

function copy(root, from, to, told) {
  for (const name of readdirSync(join(root, from), { recursive: true })) {
    const [source, target] = [join(root, from, name), join(root, to, name)];
    if (statSync(source).isDirectory()) {
      mkdirSync(target, { recursive: true });
      continue;
    }
    mkdirSync(dirname(target), { recursive: true });
    if (TELLING.test(join(to, name))) writeFileSync(target, told(readFileSync(source, "utf8")));
    else linkSync(source, target);
  }
}

function change(file, told) {
  writeFileSync(file, told(readFileSync(file, "utf8")));
}
