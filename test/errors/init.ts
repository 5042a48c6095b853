import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeWorkspaceFolder } from "../../src/lib/init/place.ts";
import type { Row } from "./row.ts";

export const init: readonly Row[] = [
  {
    cause: "a file in the place of the workspace",
    by: (root) => {
      writeFileSync(join(root, "churn"), "");
      makeWorkspaceFolder(join(root, "churn"));
    },
    code: 2,
    says: "FOLDER/churn can't be a workspace: a file is in the way",
    next: "churn -C ANOTHER_FOLDER init",
  },
];
