/**
 * The names under which churn finds its own runs and model versions again in MLflow. Values are text, as all of MLflow's
 * tags are; numbers in full precision as JavaScript prints them.
 */
export const tags = {
  /** Of a run: workspace id, night and training digest. The run's identity: no two runs of an experiment carry the same. */
  runKey: "churn.run_key",
  /** The workspace's id, as in workspace.json. */
  workspace: "churn.workspace",
  /** The night that made it, such as 2026-11-23 or 2026-11-23.2. */
  night: "churn.night",
  /** Of a run: the snapshot's date, YYYY-MM-DD. */
  date: "churn.date",
  /** Of a run: customers of the snapshot. */
  snapshotRows: "churn.snapshot_rows",
  /** Of a run: SHA-256 of the matrix that trained it, features/NIGHT/train.parquet. */
  dataDigest: "churn.data_digest",
  /** Of a run: the library that trained it, with its version. */
  engine: "churn.engine",
  /** Of a run: how many threads trained it. A tag and no param: another number makes no other run, and MLflow's params never change. */
  threads: "churn.threads",
  /** What makes two models the same model: modelDigest of the model folder. */
  modelDigest: "churn.model_digest",
  /** What the version holds, whole: contentDigest of its model folder and its threshold. Since churn 1.4. */
  contentDigest: "churn.content_digest",
  /** A customer is predicted to churn above this probability. */
  threshold: "churn.threshold",
  /** F1 on the night's test customers, as evaluate measured it. */
  f1: "churn.f1",
  /** AUC-ROC on the night's test customers. */
  aucRoc: "churn.auc_roc",
  /** Customers that trained the model. */
  rows: "churn.rows",
  /** Of a version: who ran `churn promote`. */
  promotedBy: "churn.promoted_by",
  /** Of a version: when, ISO 8601 in UTC. */
  promotedAt: "churn.promoted_at",
  /** Of a version that was in Production: when another one took its place, ISO 8601 in UTC. */
  productionUntil: "churn.production_until",
  /** Of a version: why it was promoted, in the words of who did it. */
  promotionReason: "churn.promotion_reason",
  /** Of a version that `churn rollback` took out of production: why. A promotion that is later than it takes it back. */
  rejected: "churn.rejected",
  /** Of such a version: who ran the rollback. */
  rejectedBy: "churn.rejected_by",
  /** Of such a version: when, ISO 8601 in UTC. */
  rejectedAt: "churn.rejected_at",
} as const;

/** MLflow's own tags, which its pages show. */
export const mlflowTags = {
  runName: "mlflow.runName",
  user: "mlflow.user",
  sourceName: "mlflow.source.name",
  sourceType: "mlflow.source.type",
  gitCommit: "mlflow.source.git.commit",
  note: "mlflow.note.content",
  logModelHistory: "mlflow.log-model.history",
} as const;

/** Aliases of model versions: champion follows Production, challenger the candidate in Staging. */
export const aliases = { champion: "champion", challenger: "challenger" } as const;
