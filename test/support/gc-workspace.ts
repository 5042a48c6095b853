import { jsonText } from "../../src/lib/artifacts/json-text.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceFormat } from "../../src/lib/store/id.ts";
import { pipeline } from "../../src/pipeline.ts";
import { WORKSPACE } from "./records.ts";
import { test as base } from "./registry-workspace.ts";

/** A workspace whose store is its own folder, with churn's own stages. */
export const test = base.extend<{ nights: Archive }>({
  nights: async ({ workspace }, use) => {
    const store = openFolderStore(workspace);
    await store.write("workspace.json", jsonText(workspaceFormat.write({ id: WORKSPACE })));
    await use({ store, workspaceId: WORKSPACE, stages: pipeline, redact: String });
  },
});
