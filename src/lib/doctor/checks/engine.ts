import { availableParallelism } from "node:os";
import { trainedBy } from "../../artifacts/artifacts.ts";
import { counted } from "../../cli/numbers.ts";
import { ChurnError } from "../../errors.ts";
import { readPreviousResult } from "../../stage/handles.ts";
import { today } from "../../workspace/night.ts";
import { fine, type Opened, type WorkspaceCheck, warning } from "../check.ts";

/** What would train: it is opened, and whatever was found before it and can't be used is told. */
export const engine: WorkspaceCheck = {
  kind: "workspace",
  name: "engine",
  reads: ["train"],
  stage: "train",
  look: async (opened) => {
    const { engine: how, threads } = opened.config.train;
    const lazy = opened.services.engine();
    await using library = await lazy.open();
    const { name, version } = library;
    const most = threads ?? availableParallelism();
    const chosen = how === "auto" ? "" : ` (train.engine: ${how})`;
    const found = fine(`${version}${chosen}, ${name === "native" ? `at most ${counted(most, "thread")}` : "one core"}`);
    const passedOver = (await lazy.passedOver()).map((said) => warning(said));
    const before = await lastEngine(opened);
    const changed =
      before === undefined || before === version
        ? []
        : [warning(`the last decided night was trained with ${before}: for that alone tonight's trees may be others`)];
    return [found, ...passedOver, ...changed];
  },
};

/** Of the night that train compares with; undefined where there is none, or a damaged one. */
async function lastEngine({ config, now, archive }: Opened): Promise<string | undefined> {
  const records = await archive();
  if (records === undefined) return undefined;
  try {
    return (await readPreviousResult(records, trainedBy, today(config.timezone, now)))?.engine;
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return undefined;
  }
}
