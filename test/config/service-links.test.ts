import { expect, test } from "vitest";
import { isServiceLink } from "../../src/lib/config/service-links.ts";
import { complaint, load } from "../support/config-workspace.ts";

/** Of a service churn with the ports 80 (http, TCP), 443 (https-alt, TCP) and 53 (dns, UDP), as a pod's env shows them. */
const links = {
  CHURN_SERVICE_HOST: "10.96.0.17",
  CHURN_SERVICE_PORT: "80",
  CHURN_SERVICE_PORT_HTTP: "80",
  CHURN_SERVICE_PORT_HTTPS_ALT: "443",
  CHURN_SERVICE_PORT_DNS: "53",
  CHURN_PORT: "tcp://10.96.0.17:80",
  CHURN_PORT_80_TCP: "tcp://10.96.0.17:80",
  CHURN_PORT_80_TCP_PROTO: "tcp",
  CHURN_PORT_80_TCP_PORT: "80",
  CHURN_PORT_80_TCP_ADDR: "10.96.0.17",
  CHURN_PORT_443_TCP: "tcp://[fd00::17]:443",
  CHURN_PORT_443_TCP_ADDR: "fd00::17",
  CHURN_PORT_53_UDP: "udp://10.96.0.17:53",
  CHURN_PORT_53_UDP_PROTO: "udp",
};

test("what Kubernetes sets for a service called churn is no configuration", async () => {
  expect((await load({ env: { ...links, CHURN_TRAIN_ROUNDS: "7" } })).config).toEqual(
    (await load({ set: ["train.rounds=7"] })).config,
  );
});

test.each([
  ["CHURN_PORT", "8080"],
  ["CHURN_PORT_80", "tcp://10.96.0.17:80"],
  ["CHURN_PORT_80_TCP_NAME", "http"],
  ["CHURN_PORT_80_TCP_PORT", "eighty"],
  ["CHURN_PORT_HTTP_TCP", "tcp://10.96.0.17:80"],
  ["CHURN_SERVICE", "10.96.0.17"],
  ["CHURN_SERVICE_NAME", "churn"],
  ["CHURN_SERVICE_PORT", "tcp://10.96.0.17:80"],
  ["CHURN_API_SERVICE_HOST", "10.96.0.17"],
  ["CHURN_API_PORT", "tcp://10.96.0.17:80"],
])("%s=%s is none of these, and an error", async (name, value) => {
  expect(isServiceLink(name, value)).toBe(false);
  expect(await complaint({ env: { ...links, [name]: value } })).toContain(`environment: unknown variable ${name}`);
});

test("a slip in a key's variable is an error beside them, with its suggestion", async () => {
  expect(await complaint({ env: { ...links, CHURN_TRAIN_PARAM_MAX_DEPTH: "6" } })).toEqual([
    "environment: unknown variable CHURN_TRAIN_PARAM_MAX_DEPTH",
    "→ did you mean CHURN_TRAIN_PARAMS_MAX_DEPTH?",
  ]);
});
