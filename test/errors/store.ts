import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { workspaceId } from "../../src/lib/store/id.ts";
import { requireKey } from "../../src/lib/store/key.ts";
import type { Row } from "./row.ts";

const KEY = "raw/2026-11-23/customers.parquet";

export const store: readonly Row[] = [
  {
    cause: "a file of a record that is gone",
    by: (root) => openFolderStore(root).local({ key: KEY, size_bytes: 5, sha256: "a".repeat(64) }),
    code: 4,
    says: "raw/2026-11-23/customers.parquet was removed",
    next: "restore it from a backup, or run the stage again that wrote it (--force)",
  },
  {
    cause: "a file of a record that is another one now",
    by: async (root) => {
      await openFolderStore(root).write(KEY, "other");
      await openFolderStore(root).local({ key: KEY, size_bytes: 5, sha256: "a".repeat(64) });
    },
    code: 4,
    says: "raw/2026-11-23/customers.parquet was changed",
    next: "restore it from a backup, or run the stage again that wrote it (--force)",
  },
  {
    cause: "a key that leads out of the store",
    by: () => requireKey("raw/../.env"),
    code: 2,
    says: '"raw/../.env" is no key of the store: keys begin with raw/, processed/, features/, models/, records/, notifications/, ledger/ and hold no ..',
    next: "churn ls --date DATE lists a night's keys",
  },
  {
    cause: "records without a workspace's id",
    by: async (root) => {
      await openFolderStore(root).write("records/2026-11-23/extract.json", "{}");
      await workspaceId(openFolderStore(root));
    },
    code: 4,
    says: "FOLDER/workspace.json is missing, but records/ is there",
    next: 'restore it: { "schema_version": 1, "id": "…" } with the id that every record under records/ names as its workspace',
  },
  {
    cause: "a workspace's id that is damaged",
    by: async (root) => {
      writeFileSync(join(root, "workspace.json"), '{ "id": "one" }');
      await workspaceId(openFolderStore(root));
    },
    code: 4,
    says: "FOLDER/workspace.json is damaged: id: Invalid UUID",
    next: "restore it: every record under records/ names the id that it held",
  },
  {
    cause: "a workspace's id that is a folder",
    by: async (root) => {
      mkdirSync(join(root, "workspace.json"));
      await workspaceId(openFolderStore(root));
    },
    code: 5,
    says: "FOLDER/workspace.json: a folder stands where a file belongs",
    next: "move it away, then run it again",
  },
];
