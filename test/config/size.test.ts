import { expect, test } from "vitest";
import { byteSize, bytesOf } from "../../src/lib/config/size.ts";

test.each([
  ["1KB", 1000],
  ["1KiB", 1024],
  ["512 MB", 512e6],
  ["1.5GiB", 1.5 * 1024 ** 3],
  ["10gb", 10e9],
  ["2TB", 2e12],
])("%s is %i bytes", (text, bytes) => {
  expect(byteSize.parse(text)).toBe(text);
  expect(bytesOf(text)).toBe(bytes);
});

test.each(["", "1", "GB", "-1GB", "1 PB", "1,5GB", "0GB", "0.0 MB"])("%j is no size", (text) => {
  expect(byteSize.safeParse(text).success).toBe(false);
});
