import { expect, test } from "vitest";
import { UnreachableError } from "../../../src/lib/errors.ts";
import { type Asked, mysqlError, numberOf } from "../../../src/lib/source/mysql/errors.ts";

const ASKED: Asked = {
  ...{ server: "mysql://db/shop", place: "db:3306", user: "ann", database: "shop", password: true },
  ...{ subject: "table customers", limit: 60 },
};
const ofServer = (errno: number, sqlState = "HY000") => Object.assign(new Error("words"), { errno, sqlState });
const ofNetwork = (code: string) => Object.assign(new Error("words"), { code, fatal: true });

test("what may succeed a moment later is told apart from what a person has to mend", () => {
  const passes = [ofServer(1040), ofServer(1213), ofServer(1412), ofServer(1053), ofServer(1927)];
  const lost = ["ECONNRESET", "EPIPE", "PROTOCOL_CONNECTION_LOST", "ECONNREFUSED", "EAI_AGAIN"].map(ofNetwork);
  for (const error of [...passes, ...lost]) expect(mysqlError(error, ASKED)).toBeInstanceOf(UnreachableError);
  // A server that is full says so before it speaks of states.
  expect(mysqlError(Object.assign(new Error("words"), { errno: 1040, sqlState: "" }), ASKED)).toMatchObject({
    ...{ exitCode: 5, message: "mysql://db/shop has no free connection for ann" },
  });
  const stays = [ofServer(1045, "28000"), ofServer(1064, "42000"), ofServer(1205), ofServer(1969, "70100")];
  for (const error of [...stays, ofNetwork("ENOTFOUND")]) {
    expect(mysqlError(error, ASKED)).not.toBeInstanceOf(UnreachableError);
  }
});

test("a server's words stay one line, and nothing in them moves a cursor", () => {
  const said = "\u001b[31mred\u0007\nerror  forged";
  for (const [errno, sqlState] of [
    [1130, "HY000"],
    [1862, "HY000"],
    [9999, "XX000"],
    [1064, "42000"],
    [1264, "22003"],
  ] as const) {
    const error = mysqlError(Object.assign(new Error(said), { errno, sqlState }), ASKED);
    expect(error, String(errno)).toMatchObject({
      message: expect.stringContaining("\ufffd[31mred\ufffd error  forged"),
    });
  }
});

test("a defect stays one", () => {
  const defect = new TypeError("x is not a function");
  expect(mysqlError(defect, ASKED)).toBe(defect);
  expect(mysqlError("text", ASKED)).toBe("text");
  expect([numberOf(ofServer(1146)), numberOf(ofNetwork("EPIPE")), numberOf(defect)]).toEqual([
    1146,
    undefined,
    undefined,
  ]);
});
