import { tilde } from "../../cli/output/text.ts";
import { requirePresent } from "../../tracking/present.ts";
import { fine, type WorkspaceCheck } from "../check.ts";

/** Where runs are logged: whether it is there, lets us in and lets us write. Nothing is left behind there. */
export const tracking: WorkspaceCheck = {
  kind: "workspace",
  name: "MLflow",
  reads: ["tracking", "s3"],
  stage: "train",
  look: async ({ config, services, environment }, { doing }) => {
    const opened = await services.tracking();
    const { experiment } = config.tracking;
    const uri = tilde(opened.uri, environment.get("HOME"));
    doing(`MLflow at ${uri}`, "problem");
    await requirePresent(opened);
    doing(`asking MLflow at ${uri} for the experiment ${experiment}`, "warning");
    await opened.requireRights({ experiment });
    return [fine(`${uri}${opened.isLocal ? ", a folder" : ""}, experiment ${experiment}`)];
  },
};
