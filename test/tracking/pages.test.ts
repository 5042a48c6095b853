import { expect, test } from "vitest";
import { mlflowPages } from "../../src/lib/tracking/pages.ts";

test("a folder's pages are opened by a command to paste, whatever its name", () => {
  expect(mlflowPages("/srv/churn/mlruns").command).toBe(
    "MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri /srv/churn/mlruns",
  );
  expect(mlflowPages("/srv/our models").command).toContain("--backend-store-uri '/srv/our models'");
});

test("a server has them at its own address", () => {
  expect(mlflowPages("https://mlflow.company.com")).toEqual({ url: "https://mlflow.company.com", command: null });
});
