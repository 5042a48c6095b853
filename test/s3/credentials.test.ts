import { expect, test, vi } from "vitest";
import { foundInTime } from "../../src/lib/s3/credentials.ts";

test("credentials that are found are all that is waited for", async () => {
  await expect(foundInTime(Promise.resolve({}))).resolves.toBeUndefined();
  const cause = new Error("none");
  await expect(foundInTime(Promise.reject(cause))).rejects.toMatchObject({ name: "CredentialsFailure", cause });
});

test("what gives them has ten seconds", async () => {
  vi.useFakeTimers();
  try {
    const found = foundInTime(new Promise(() => {}));
    const refused = expect(found).rejects.toMatchObject({ cause: { kind: "silence", message: "it doesn't answer" } });
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
  } finally {
    vi.useRealTimers();
  }
});
