import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { isLoopback, type TlsWords, tlsSettings } from "../../../src/lib/source/server/tls.ts";
import { test } from "../../support/folder.ts";

const NO_WORDS: TlsWords = { mode: undefined, rootcert: undefined, cert: undefined, key: undefined };

function settings(words: Partial<TlsWords>, host = "db", root = "/nonexistent", home?: string) {
  return tlsSettings({ ...NO_WORDS, ...words }, host, { root, home });
}
const modeOf = (words: Partial<TlsWords>, host?: string) => {
  const tls = settings(words, host);
  return tls.kind === "none" ? "none" : tls.mode;
};

test("without a word a server elsewhere has to prove its name", () => {
  for (const host of ["db", "10.0.0.1", "2001:db8::1", "localhost.example.com", "128.0.0.1"]) {
    expect(modeOf({}, host), host).toBe("verify-full");
  }
  for (const host of ["localhost", "127.0.0.1", "127.8.9.1", "::1", "/run/postgresql"]) {
    expect(modeOf({}, host), host).toBe("none");
  }
  expect(isLoopback("localhost")).toBe(true);
  expect(isLoopback("127.0.0.1.example.com")).toBe(false);
});

test("words are libpq's, and those of MySQL's clients, in any case", () => {
  for (const [words, mode] of [
    [["disable", "DISABLED"], "none"],
    [["require", "REQUIRED", "Required"], "require"],
    [["verify-ca", "VERIFY_CA"], "verify-ca"],
    [["verify-full", "VERIFY_IDENTITY"], "verify-full"],
  ] as const) {
    for (const word of words) {
      expect(modeOf({ mode: word }), word).toBe(mode);
      expect(modeOf({ mode: word }, "localhost"), word).toBe(mode);
      // Nobody listens in on a socket.
      expect(modeOf({ mode: word }, "/run/mysqld/mysqld.sock"), word).toBe("none");
    }
  }
  for (const word of ["prefer", "allow", "PREFERRED"]) {
    expect(() => modeOf({ mode: word }), word).toThrow(`sslmode=${word} lets a server choose`);
    expect(() => modeOf({ mode: word }, "localhost"), word).toThrow("lets a server choose");
  }
  for (const word of ["verify", "true", "constructor", ""]) {
    expect(() => modeOf({ mode: word }), word).toThrow("is no word for TLS");
  }
});

test("files are read from the workspace's folder or home, and whoever names an authority wants it asked", async ({
  folder,
}) => {
  const [workspace, home] = [join(folder, "workspace"), join(folder, "home")];
  for (const one of [workspace, home]) await mkdir(one);
  const pem = (name: string) => `-----BEGIN ${name}-----\n`;
  await writeFile(join(workspace, "ca.pem"), pem("CA"));
  await writeFile(join(home, "card.pem"), pem("CERTIFICATE"));
  await writeFile(join(folder, "card.key"), pem("PRIVATE KEY"));
  const words = { rootcert: "ca.pem", cert: "~/card.pem", key: join(folder, "card.key") };
  const read = (mode: string | undefined, host?: string) => settings({ mode, ...words }, host, workspace, home);
  const files = { kind: "tls", ca: pem("CA"), cert: pem("CERTIFICATE"), key: pem("PRIVATE KEY") };
  expect(read("require")).toEqual({ ...files, mode: "verify-ca" });
  expect(read("verify-ca")).toEqual({ ...files, mode: "verify-ca" });
  expect(read(undefined)).toEqual({ ...files, mode: "verify-full" });
  expect(read(undefined, "localhost")).toEqual({ ...files, mode: "verify-full" });
  expect(read("disable")).toEqual({ kind: "none" });
});

test("the system's authorities are Node's, and only with the name", () => {
  const none = { ca: undefined, cert: undefined, key: undefined };
  expect(settings({ rootcert: "system" })).toEqual({ kind: "tls", mode: "verify-full", ...none });
  expect(settings({ rootcert: "system", mode: "verify-full" })).toEqual({ kind: "tls", mode: "verify-full", ...none });
  for (const mode of ["require", "verify-ca"])
    expect(() => settings({ rootcert: "system", mode })).toThrow(`sslrootcert=system can't go with sslmode=${mode}`);
  expect(settings({ rootcert: "system", mode: "disable" })).toEqual({ kind: "none" });
});

test("what is no file of PEM is told by its path, and half a client's certificate too", async ({ folder }) => {
  await writeFile(join(folder, "empty.pem"), "");
  await writeFile(join(folder, "large.pem"), `-----BEGIN ${" ".repeat(2 ** 24)}`);
  const says = (words: Partial<TlsWords>) => () => settings(words, "db", folder);
  expect(says({ rootcert: "gone.pem" })).toThrow(`sslrootcert names ${folder}/gone.pem, which is not there`);
  expect(says({ rootcert: "empty.pem" })).toThrow(`sslrootcert names ${folder}/empty.pem, which is no PEM file`);
  expect(says({ rootcert: "large.pem" })).toThrow("which is no PEM file");
  expect(says({ rootcert: "." })).toThrow("which is no PEM file");
  expect(says({ rootcert: "empty.pem/x" })).toThrow("can't be read (ENOTDIR)");
  expect(says({ cert: "a" })).toThrow("source.url names sslcert and no sslkey");
  expect(says({ key: "a" })).toThrow("source.url names sslkey and no sslcert");
});
