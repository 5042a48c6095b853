import { expect, test } from "vitest";
import { passOn } from "../../src/lib/s3/plain-proxy.ts";

const request = () => ({ protocol: "http:", hostname: "minio", port: 9000, path: "/a", headers: {} });

test("a request goes to the proxy with its whole address", async () => {
  const seen: unknown[] = [];
  const next = async (args: { request: unknown }) => void seen.push(args.request);
  await passOn(new URL("http://m%40e:geheim@proxy:3128"))(next)({ request: request() });
  await passOn(new URL("https://proxy"))(next)({ request: { ...request(), port: undefined } });
  await passOn(new URL("http://proxy"))(next)({ request: "another" });
  const authorization = `Basic ${Buffer.from("m@e:geheim").toString("base64")}`;
  expect(seen).toEqual([
    {
      protocol: "http:",
      hostname: "proxy",
      port: 3128,
      path: "http://minio:9000/a",
      headers: { "proxy-authorization": authorization },
    },
    { protocol: "https:", hostname: "proxy", port: 443, path: "http://minio/a", headers: {} },
    "another",
  ]);
});
