import { csvRead, validation } from "../../artifacts/artifacts.ts";
import { counted } from "../../cli/numbers.ts";
import { limitMemory } from "../../duckdb/limit-memory.ts";
import { openDatabase } from "../../duckdb/open.ts";
import { ChurnError, TryLaterError } from "../../errors.ts";
import { earlierColumns } from "../../quality/report.ts";
import { textColumns } from "../../source/dataset-columns.ts";
import { missingSnapshot } from "../../source/missing-snapshot.ts";
import { isBucketUrl } from "../../source/s3/address.ts";
import { chooseColumns } from "../../source/snapshot.ts";
import type { Source } from "../../source/source.ts";
import { readPrevious, readPreviousResult } from "../../stage/handles.ts";
import { today } from "../../workspace/night.ts";
import { type Finding, findingOf, fine, type Looking, type Opened, type WorkspaceCheck, warning } from "../check.ts";

/** Where customers come from: whether it lets us in, has the columns that `dataset` names, and how many rows it has for today. */
export const source: WorkspaceCheck = {
  kind: "workspace",
  name: "source",
  reads: ["source", "dataset", "timezone", "s3"],
  stage: "extract",
  look: async (opened, looking) => {
    const { config, services } = opened;
    const from = services.source();
    const { description } = from;
    looking.doing(description, "problem");
    await from.requirePresent?.();
    if (config.source.command !== undefined) return [fine(`${description}: its program is there, and is not run here`)];
    if (config.source.url !== undefined && isBucketUrl(config.source.url))
      return [fine(`${description}: its objects can be listed, and are not fetched here`)];
    looking.doing(`reading the columns of ${description}`, "warning");
    try {
      return await lookInto(from, opened, looking, { complete: true });
    } catch (error) {
      if (!(error instanceof TryLaterError)) throw error;
      // That today's customers aren't whole yet hides nothing of what is known of their table.
      const rest = await lookInto(from, opened, looking, { complete: false });
      return [...rest.filter(({ state }) => state !== "warning"), findingOf(error)];
    }
  },
};

async function lookInto(
  from: Source,
  { config, now, ...opened }: Opened,
  { doing, signal }: Looking,
  { complete }: { readonly complete: boolean },
): Promise<readonly Finding[]> {
  const { dataset, timezone } = config;
  const day = today(timezone, now);
  const earlier = await earlierNight(opened, day);
  await using db = await openDatabase();
  signal.addEventListener("abort", () => db.interrupt());
  await limitMemory(db, config.source.memory);
  await using session = await from.open(db, {
    date: day,
    today: day,
    complete,
    text: textColumns(dataset, earlier.columns),
    files: { dataset, earlier: earlier.format },
  });
  const { dates } = chooseColumns(from, session, { dataset, timezone });
  const place = session.name === from.description ? session.name : `${from.description}, ${session.name}`;
  doing(`counting today's rows in ${place}`, "warning");
  const rows = await session.count(dates === undefined ? undefined : { column: dates, date: day });
  const missing = rows === 0 ? [findingOf(await missingSnapshot(from, session, dates, { date: day, today: day }))] : [];
  const isOfToday = dates !== undefined || from.choosesDate;
  const found =
    rows === 0 ? `${place}: its table is right` : `${place}, ${counted(rows, "row")}${isOfToday ? " for today" : ""}`;
  return [fine(found), ...missing, ...(session.warnings ?? []).map((said) => warning(said))];
}

/** What the newest decided night decided about columns and files without types, which tonight's extract goes by too. */
async function earlierNight(opened: Pick<Opened, "archive">, day: string) {
  const archive = await opened.archive();
  if (archive === undefined) return { columns: [], format: undefined };
  try {
    const report = await readPrevious(archive, validation, day);
    const read = await readPreviousResult(archive, csvRead, day);
    return { columns: report === undefined ? [] : earlierColumns(report), format: read?.csv?.read };
  } catch (error) {
    // A damaged night is told by churn verify, and by the stage that needs it.
    if (!(error instanceof ChurnError)) throw error;
    return { columns: [], format: undefined };
  }
}
