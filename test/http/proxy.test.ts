import { describe, expect, test } from "vitest";
import { proxyFor } from "../../src/lib/http/proxy.ts";

const nameFor = (address: string, env: Readonly<Record<string, string>>) =>
  proxyFor(new URL(address), (name) => env[name])?.name;
const both = { HTTP_PROXY: "http://plain:3128", HTTPS_PROXY: "http://secure:3129" };

test.each([
  ["http://mlflow:5000", both, "plain:3128"],
  ["https://mlflow", both, "secure:3129"],
  ["https://mlflow", { HTTP_PROXY: "plain:3128" }, "plain:3128"],
  ["http://mlflow", { HTTPS_PROXY: "secure:3129" }, undefined],
  ["http://mlflow", { ...both, http_proxy: "http://me:word@lower:1" }, "lower:1"],
  // Set to nothing, it is unset.
  ["http://mlflow", { ...both, http_proxy: "" }, undefined],
  // What isn't asked for may be anything.
  ["http://mlflow", { ...both, HTTPS_PROXY: "ftp://x" }, "plain:3128"],
])("the proxy for %s of %j", (address, env, name) => {
  expect(nameFor(address, env)).toBe(name);
});

describe("NO_PROXY", () => {
  test.each([
    ["http://mlflow.example.com", "example.com"],
    ["http://mlflow.example.com", ".example.com"],
    ["http://mlflow.example.com", "*.example.com"],
    ["http://MLFLOW.example.com", "other,  mlflow.Example.com"],
    ["http://mlflow:5000", "mlflow:5000"],
    ["https://mlflow", "mlflow:443"],
    ["http://10.1.2.3", "10.0.0.0/8"],
    ["http://10.1.2.3", "10.1.2.3"],
    ["http://[fd00::1]:5000", "fd00::/8"],
    ["http://[::1]:5000", "::1"],
    ["http://[::1]:5000", "[::1]:5000"],
    ["http://anything", "*"],
  ])("keeps %s from the proxy by %s", (address, NO_PROXY) => {
    expect(nameFor(address, { ...both, NO_PROXY })).toBeUndefined();
    expect(nameFor(address, { ...both, no_proxy: NO_PROXY, NO_PROXY: "x" })).toBeUndefined();
  });

  test.each([
    ["http://example.com.evil.org", "example.com"],
    ["http://myexample.com", "example.com"],
    ["http://mlflow:5000", "mlflow:80"],
    ["http://11.1.2.3", "10.0.0.0/8"],
    ["http://mlflow", "10.0.0.0/8"],
    ["http://10.1.2.3", "10.0.0.0/99"],
    ["http://mlflow", ""],
    ["http://mlflow", ".,  ,"],
  ])("leaves %s to it by %s", (address, NO_PROXY) => {
    expect(nameFor(address, { ...both, NO_PROXY })).toBe("plain:3128");
  });
});
