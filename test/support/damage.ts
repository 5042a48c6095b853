import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** How a file comes to harm: a bit turns over, its end is missing, all of it is missing, or its name as well. */
export const harms = ["flip", "cut", "empty", "delete"] as const;
export type Harm = (typeof harms)[number];

/**
 * What a start on the night's own date does: `named`: ends with 0, and a warning names what is damaged. `restored`: writes it anew,
 * says so, and ends with 0. `refused`: ends with a sentence that names the file. `unseen`: ends with 0 and no word.
 */
export type SameDate = "named" | "restored" | "refused" | "unseen";
/**
 * What a start on the next date does. `unaffected`: makes the bytes that it makes otherwise. `restored`: so, after it wrote the
 * record anew. `mended`: so, by what else says it, and a warning names what is damaged. `refused`: ends with 2, 4 or 5 and a
 * sentence. `unjudged`: ends with 0, and the champion can't be scored.
 */
export type NextDate = "unaffected" | "restored" | "mended" | "refused" | "unjudged";

export interface DamageRow {
  /** NIGHT, RUN (an attempt's), EXPERIMENT and MLFLOW (its folder, and a run's) and VERSION (in the registry) stand for what they are */
  readonly files: readonly string[];
  /** behind what the bit turns over, in a text; by default in the middle */
  readonly flipAt?: RegExp;
  /** what the warning and `churn verify` name; by default the file */
  readonly named?: string;
  readonly same: SameDate | Readonly<Record<Harm, SameDate>>;
  readonly next: NextDate | Readonly<Record<Harm, NextDate>>;
}

const record = (flip: NextDate, cut: NextDate = flip) => ({ flip, cut, empty: cut, delete: "restored" }) as const;
const lostRecord = { flip: "named", cut: "named", empty: "named", delete: "restored" } as const;
const decidingRecord = { flip: "named", cut: "refused", empty: "refused", delete: "restored" } as const;

const VERSION_1 = "version 1 of churn-model";
const REGISTRY = "the registry of churn-model";

/** Each kind of file that a decided night leaves, with version 1 in Production. docs/reliability.md has it for people. */
export const damageTable: readonly DamageRow[] = [
  {
    files: [
      "raw/NIGHT/customers.parquet",
      "processed/NIGHT/customers_train.parquet",
      "processed/NIGHT/customers_test.parquet",
      "processed/NIGHT/preprocessing.json",
      "features/NIGHT/train.parquet",
      "features/NIGHT/test.parquet",
      "features/NIGHT/features.json",
      "models/NIGHT/model/model.json",
      "models/NIGHT/model/preprocessing.json",
      "models/NIGHT/model/MLmodel",
      "models/NIGHT/evaluation.json",
      "models/NIGHT/predictions.parquet",
      "models/NIGHT/notification.json",
      "notifications/NIGHT.txt",
    ],
    same: "named",
    next: "unaffected",
  },
  {
    files: ["records/NIGHT/attempts/RUN/train.json", "records/NIGHT/attempts/RUN/register.json"],
    flipAt: /^/,
    same: "named",
    next: "unaffected",
  },
  { files: ["raw/NIGHT/validation.json"], same: "named", next: "refused" },
  { files: ["models/NIGHT/comparison.json", "models/NIGHT/registration.json"], same: "named", next: "refused" },
  {
    files: ["records/NIGHT/transform.json", "records/NIGHT/features.json", "records/NIGHT/evaluate.json"],
    // Behind a digest or an id it would be other things' damage, too.
    flipAt: /"reason": "/,
    same: lostRecord,
    next: record("unaffected"),
  },
  {
    files: ["records/NIGHT/extract.json", "records/NIGHT/train.json"],
    flipAt: /"reason": "/,
    same: lostRecord,
    next: record("unaffected", "refused"),
  },
  {
    files: ["records/NIGHT/validate.json"],
    flipAt: /"validation": \{[^}]*"sha256": "/,
    same: lostRecord,
    next: record("refused"),
  },
  {
    files: ["records/NIGHT/compare.json"],
    flipAt: /"comparison": \{[^}]*"sha256": "/,
    same: lostRecord,
    next: record("refused"),
  },
  {
    files: ["records/NIGHT/register.json"],
    flipAt: /"registration": \{[^}]*"sha256": "/,
    same: decidingRecord,
    next: record("refused"),
  },
  { files: ["records/NIGHT/notify.json"], flipAt: /"reason": "/, same: decidingRecord, next: record("unaffected") },
  { files: ["workspace.json"], flipAt: /"id": "[a-f]*/, same: "refused", next: "refused" },
  {
    files: [".churn/store.json"],
    flipAt: /"workspace": "[a-f]*/,
    same: { flip: "refused", cut: "refused", empty: "refused", delete: "unseen" },
    next: { flip: "refused", cut: "refused", empty: "refused", delete: "unaffected" },
  },
  {
    files: [
      "logs/NIGHT/RUN.jsonl",
      "ledger.jsonl",
      ".churn/lock",
      ".churn/store.lock",
      ".churn/churn.schema.json",
      "MLFLOW/metrics/f1",
      "MLFLOW/params/seed",
      "MLFLOW/tags/churn.night",
      "MLFLOW/tags/churn.threshold",
      "mlruns/.churn.lock",
      "mlruns/models/churn-model/aliases/champion",
    ],
    same: "unseen",
    next: "unaffected",
  },
  {
    // MLflow's page alone shows it; register writes the time of a new version into it.
    files: ["mlruns/models/churn-model/meta.yaml"],
    same: "unseen",
    next: { flip: "unaffected", cut: "unaffected", empty: "refused", delete: "unaffected" },
  },
  {
    files: ["model.json", "preprocessing.json", "MLmodel", "requirements.txt", "input_example.json"].map(
      (name) => `MLFLOW/artifacts/model/${name}`,
    ),
    named: VERSION_1,
    same: "named",
    next: "unjudged",
  },
  // A version says itself where its files are; the page of its run is MLflow's.
  { files: ["MLFLOW/meta.yaml"], flipAt: /^star/m, same: "unseen", next: "unaffected" },
  {
    files: ["EXPERIMENT/meta.yaml"],
    flipAt: /^creation_tim/m,
    same: "unseen",
    next: { flip: "unaffected", cut: "refused", empty: "refused", delete: "unaffected" },
  },
  {
    files: ["VERSION/tags/churn.content_digest"],
    named: VERSION_1,
    same: "named",
    next: { flip: "unjudged", cut: "unjudged", empty: "unjudged", delete: "unaffected" },
  },
  {
    // The run has it too, and the digest proves that one.
    files: ["VERSION/tags/churn.threshold"],
    named: VERSION_1,
    same: "named",
    next: "mended",
  },
  {
    files: ["model_digest", "night", "workspace", "rows"].map((name) => `VERSION/tags/churn.${name}`),
    named: VERSION_1,
    same: "named",
    next: "unaffected",
  },
  { files: ["VERSION/meta.yaml"], flipAt: /^current_stag/m, named: REGISTRY, same: "named", next: "refused" },
];

/** The outcome of one harm. */
export function of<Outcome extends string>(outcomes: Outcome | Readonly<Record<Harm, Outcome>>, harm: Harm): Outcome {
  return typeof outcomes === "string" ? outcomes : outcomes[harm];
}

/** A row's file as it is called in a workspace. */
export async function nameIn(workspace: string, night: string, file: string): Promise<string> {
  const [run = ""] = await readdir(join(workspace, "records", night, "attempts"));
  const folders = await readdir(join(workspace, "mlruns"), { recursive: true });
  const mlflow = folders.find((path) => /^\d+\/[0-9a-f]{32}$/.test(path)) ?? "";
  return file
    .replace("NIGHT", night)
    .replace("RUN", run)
    .replace("MLFLOW", `mlruns/${mlflow}`)
    .replace("EXPERIMENT", `mlruns/${dirname(mlflow)}`)
    .replace("VERSION", "mlruns/models/churn-model/version-1");
}

/** Does a file harm. @returns what puts it right again */
export async function inflict(path: string, harm: Harm, flipAt?: RegExp): Promise<() => Promise<void>> {
  const before = await readFile(path);
  if (harm === "delete") await rm(path);
  else await writeFile(path, harmed(before, harm, flipAt));
  return () => writeFile(path, before);
}

function harmed(bytes: Buffer, harm: Exclude<Harm, "delete">, flipAt: RegExp | undefined): Buffer {
  if (harm === "empty") return Buffer.alloc(0);
  if (harm === "cut") return bytes.subarray(0, bytes.length / 2);
  // Of a lock file that nobody holds.
  if (bytes.length === 0) return bytes;
  const found = flipAt?.exec(bytes.toString("latin1"));
  const at =
    flipAt === undefined ? Math.floor(bytes.length / 2) : (found?.index ?? Number.NaN) + (found?.[0].length ?? 0);
  const flipped = Buffer.from(bytes);
  flipped.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return flipped;
}
