import { expect, test } from "vitest";
import { personName, userName } from "../../src/lib/workspace/user.ts";

test("behind sudo it is the person as well as the user that they act as", () => {
  expect(personName({ SUDO_USER: "maria" })).toBe(`maria (as ${userName()})`);
});

test("without sudo, or from one's own account to itself, it is the user", () => {
  for (const env of [{}, { SUDO_USER: "" }, { SUDO_USER: userName() }]) expect(personName(env)).toBe(userName());
});
