import { describe, expect, test } from "vitest";
import { addressText, trackingAddress, withoutUserinfo } from "../../src/lib/tracking/address.ts";

describe("a server's address", () => {
  test.each([
    ["http://127.0.0.1:5000", "http://127.0.0.1:5000", undefined],
    ["https://mlflow.example.com/", "https://mlflow.example.com", undefined],
    ["HTTPS://MLflow.example.com/team//", "https://mlflow.example.com/team", undefined],
    [
      "https://maria:p%40ss@mlflow.example.com/x",
      "https://mlflow.example.com/x",
      { username: "maria", password: "p@ss" },
    ],
    ["https://token@mlflow.example.com", "https://mlflow.example.com", { username: "token", password: "" }],
  ])("%s", (address, text, userinfo) => {
    const found = trackingAddress(address);
    expect(found).toMatchObject({ kind: "server", userinfo });
    expect(found?.kind === "server" && addressText(found.url)).toBe(text);
    expect(withoutUserinfo(address)).toBe(text);
  });
});

test.each(["mlruns", "../a b", "/srv/mlruns", "file:///srv/mlruns"])("%s is a folder", (address) => {
  expect(trackingAddress(address)).toMatchObject({ kind: "folder" });
  expect(withoutUserinfo(address)).toBe(address);
});

test.each([
  "sqlite:///mlflow.db",
  "postgresql://db/mlflow",
  "databricks",
  "databricks-uc",
  "uc",
  "databricks://profile",
  "s3://bucket",
  "http:/one.slash",
  "http:mlruns",
  "https://",
  "https://mlflow.example.com/?a=1",
  "https://mlflow.example.com/#a",
  "https://%zz:x@mlflow.example.com",
])("%s is neither", (address) => {
  expect(trackingAddress(address)).toBeUndefined();
});
