import { undeliveredSentences } from "../../notify/undelivered.ts";
import { fine, type WorkspaceCheck, warning } from "../check.ts";

/** What the team was to be told and has not been, as far as anybody knows. */
export const messages: WorkspaceCheck = {
  kind: "workspace",
  name: "messages",
  reads: ["notify", "store", "s3"],
  look: async (opened) => {
    if ((await opened.archive()) === undefined) return [{ state: "unknown", text: "not looked at: the store first" }];
    const left = await opened.services.team().undelivered();
    if (left.length === 0) return [fine("nothing is unsent")];
    const isPending = left.some(({ state }) => state === "pending");
    const next = isPending ? "the next run-all sends what is missing, or at once: churn message flush" : undefined;
    return undeliveredSentences(left).map((sentence) => {
      const [, text = sentence, own] = /^(.+); (churn .+)$/s.exec(sentence) ?? [];
      return warning(text, own ?? next);
    });
  },
};
