import { counted } from "../../cli/numbers.ts";
import { tilde } from "../../cli/output/text.ts";
import { listNights } from "../../stage/nights.ts";
import { workspaceId } from "../../store/id.ts";
import { requireKnownStore } from "../../workspace/known-store.ts";
import { fine, START, type WorkspaceCheck } from "../check.ts";

/** Where files are kept: whether it is the known one, and takes files. */
export const store: WorkspaceCheck = {
  kind: "workspace",
  name: "store",
  reads: ["store", "s3"],
  stage: START,
  look: async ({ store: kept, root, environment }, { doing }) => {
    const address = tilde(kept.address, environment.get("HOME"));
    doing(address, "problem");
    // Before anything is made, be it for a moment, in a place that may be mistyped.
    await requireKnownStore({ root, store: kept, redact: environment.redact });
    await kept.requireWritable();
    const isNew = (await workspaceId(kept)) === undefined;
    const nights = isNew ? "a new one" : counted((await listNights({ store: kept })).length, "night");
    return [fine(`${address} takes files, ${nights}`)];
  },
};
