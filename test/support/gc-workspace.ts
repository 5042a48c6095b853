import { jsonText } from "../../src/lib/artifacts/json-text.ts";
import type { Ledger } from "../../src/lib/stage/ledger.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceFormat } from "../../src/lib/store/id.ts";
import { pipeline } from "../../src/pipeline.ts";
import { WORKSPACE } from "./records.ts";
import { test as base } from "./registry-workspace.ts";

/** A workspace whose store is its own folder, with churn's own stages. */
export const test = base.extend<{ nights: Ledger }>({
  nights: async ({ workspace }, use) => {
    const store = openFolderStore(workspace);
    await store.write("workspace.json", jsonText(workspaceFormat.write({ id: WORKSPACE })));
    await use({ store, workspaceId: WORKSPACE, stages: pipeline, redact: String });
  },
});
