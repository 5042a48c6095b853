import type { Row } from "./row.ts";

export const http: readonly Row[] = [
  {
    cause: "a proxy that is no address",
    by: "test/http/connections.test.ts",
    code: 2,
    says: "HTTP_PROXY is no proxy's address",
    next: "write HTTP_PROXY=http://HOST:PORT",
  },
];
