import { besideLimit, metric, signedPercent } from "../cli/numbers.ts";
import { visibleLine } from "../cli/visible.ts";
import { movedSentence } from "../compare/moved.ts";
import { isWithoutContest } from "../compare/report.ts";
import type { Message } from "./message.ts";

const SIGNS = { registered: "✅", no_contest: "⚠️", not_registered: "ℹ️", failed: "❌" } as const;

/** The message in one line, without a sign. */
export function title(message: Message): string {
  switch (message.kind) {
    case "registered":
      if (noContest(message))
        return `No contest: a new churn model is registered, but production${inProduction(message, ",")} could not be judged.`;
      return unfair(message)
        ? `No fair contest: a new churn model is registered, but production${inProduction(message, ",")} may know these customers.`
        : "New churn model registered!";
    case "not_registered":
      return "Training completed, no new model registered.";
    case "failed":
      return visibleLine(`Churn training failed at ${message.stage}, night of ${message.night}`);
  }
}

/** The message as plain text: for files and terminals. */
export function plainText(message: Message): string {
  const sign = SIGNS[noContest(message) || unfair(message) ? "no_contest" : message.kind];
  return [`${sign} ${title(message)}`, ...lines(message)].join("\n");
}

/** Names from model files, tables and tags stand in them: each is one line, whatever they hold. */
function lines(message: Message): readonly string[] {
  return facts(message).map((line) => visibleLine(line));
}

function facts(message: Message): readonly string[] {
  switch (message.kind) {
    case "registered":
      return [
        `Version ${message.version}   F1 ${metric(message.f1)}${gain(message)}   AUC-ROC ${metric(message.auc_roc)}`,
        ...(noContest(message)
          ? [`Production${inProduction(message)}: F1 ${recorded(message)} on its own night's customers, not on these`]
          : []),
        ...(message.outcome === "better" ? [] : [`Reason: ${message.reason}`]),
        message.stage === null
          ? "Model is now the challenger. Please review and promote it."
          : `Model is now in ${message.stage}. Please review and promote to Production.`,
        ...moved(message),
        `MLflow run ${message.mlflow_run_id}`,
        `churn promote --version ${message.version}`,
      ];
    case "not_registered":
      return [`Reason: ${message.reason}`, ...moved(message)];
    case "failed":
      return [
        message.reason,
        ...message.details,
        `${message.workspace} on ${message.host}`,
        ...(message.hint === null ? [] : `Next: ${message.hint}`.split("\n")),
      ];
  }
}

function moved({ production_moved }: Exclude<Message, { kind: "failed" }>): readonly string[] {
  return production_moved === null ? [] : [`Note: ${movedSentence(production_moved)}`];
}

/** Whether a version was registered with nobody to hold it against, though one is in production. */
function noContest(message: Message): message is Extract<Message, { kind: "registered" }> {
  return message.kind === "registered" && isWithoutContest(message.outcome);
}

/** Whether what is in production may have been trained on the customers that both were judged by. */
function unfair(message: Message): boolean {
  return message.kind === "registered" && message.outcome === "champion_saw_test";
}

/** ", version 3" */
function inProduction({ production }: Extract<Message, { kind: "registered" }>, end = ""): string {
  return production === null ? "" : `, version ${production.version}${end}`;
}

function recorded({ recorded_f1 }: Extract<Message, { kind: "registered" }>): string {
  return recorded_f1 === null ? "unknown" : metric(recorded_f1);
}

function gain({ improvement, min_improvement, production }: Extract<Message, { kind: "registered" }>): string {
  if (improvement === null || production === null) return "";
  const [shown] = besideLimit(improvement, min_improvement ?? 0, signedPercent);
  const against = improvement < 0 ? `${shown.replace("-", "")} below` : `${shown} over`;
  return ` (${against} version ${production.version})`;
}
