import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { installLibrary } from "../../../src/lib/engine/native/install.ts";
import type { Library } from "../../../src/lib/engine/native/library.ts";
import { wheelFor } from "../../../src/lib/engine/native/wheel.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";
import { type FakePython, fakePython, installs } from "../../support/fake-python.ts";
import { test } from "../../support/folder.ts";
import { newest } from "../../support/libxgboost.ts";

const wheel = wheelFor("3.4.1", "linux", "x64");

interface Given extends FakePython {
  readonly variables?: Readonly<Record<string, string>>;
  readonly limitSeconds?: number;
  readonly verify?: (library: Library) => Promise<string>;
}

/** Installs into a folder with a Python that is none. */
async function install(folder: string, { variables, limitSeconds, verify, ...python }: Given = {}): Promise<string> {
  const bin = await fakePython(folder, python);
  const environment = readEnvironment({ PATH: `${bin}:/usr/bin:/bin`, ...variables }, folder);
  return await installLibrary({
    wheel,
    root: folder,
    environment,
    verify: verify ?? (async ({ version }) => version),
    ...(limitSeconds === undefined ? {} : { limitSeconds }),
  });
}

/** What is left in the workspace's own folder. */
const left = (folder: string) => readdirSync(join(folder, ".churn"));
const native = (folder: string, ...names: string[]) => join(folder, ".churn", "native", ...names);

describe("what is missing is named, and nothing is left", () => {
  test("no Python", async ({ folder }) => {
    await expect(install(folder, { variables: { PATH: folder } })).rejects.toMatchObject({
      exitCode: 2,
      message: "there is no python3 in PATH, whose pip installs libxgboost",
      hint: "Debian and Ubuntu: sudo apt install python3-venv; macOS: brew install python; or name a libxgboost that is there in train.library",
    });
    expect(left(folder)).toEqual([]);
  });

  test("a Python without venv", async ({ folder }) => {
    const broken = install(folder, { venv: "echo No module named venv >&2; exit 1" });
    await expect(broken).rejects.toMatchObject({
      exitCode: 2,
      message: "python3 could not make a virtual environment",
      details: ["No module named venv"],
    });
    expect(left(folder)).toEqual([]);
  });

  test("a Python without pip, and without a way to have one", async ({ folder }) => {
    const bare = install(folder, { pip: "exit 1", ensurepip: "echo ensurepip is not available; exit 1" });
    await expect(bare).rejects.toMatchObject({
      exitCode: 2,
      message: "python3 has no pip, and can't make a virtual environment with one",
      details: ["ensurepip is not available"],
    });
    expect(left(folder)).toEqual([]);
  });

  test("an index, with pip's words and without its password", async ({ folder }) => {
    const away = install(folder, {
      variables: { PIP_INDEX_URL: "https://me:geheim-47@index.example.com/simple" },
      install: 'echo "no answer from $PIP_INDEX_URL" >&2; exit 1',
    });
    await expect(away).rejects.toMatchObject({
      exitCode: 5,
      message: "pip could not install xgboost-cpu 3.4.1",
      hint: "is the index there that pip asks? HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT and pip's own configuration say how it is reached",
      details: ["no answer from https://me:***@index.example.com/simple"],
    });
    expect(left(folder)).toEqual([]);
  });

  test.for([
    ["3.1.0rc1, 3.1.0, 3.2.0, 3.3.0, 3.4.0, 3.10.0", "3.3.0, 3.4.0, 3.10.0; churn setup native --version 3.4.0"],
    ["3.5.0", "3.5.0; churn setup native --version 3.5.0"],
  ] as const)("a version, of which an index has others: %s", async ([versions, nearest], { folder }) => {
    const says = `ERROR: Could not find a version that satisfies the requirement xgboost-cpu==3.4.1 (from versions: ${versions})`;
    await expect(install(folder, { install: `echo "${says}" >&2; exit 1` })).rejects.toMatchObject({
      exitCode: 2,
      message: "the index that pip asks has no xgboost-cpu 3.4.1 for this machine",
      hint: `the nearest it has: ${nearest}`,
    });
    expect(left(folder)).toEqual([]);
  });

  test("an index that has none at all, as far as pip can tell", async ({ folder }) => {
    const says = "ERROR: Could not find a version that satisfies the requirement (from versions: none)";
    await expect(install(folder, { install: `echo "${says}" >&2; exit 1` })).rejects.toMatchObject({
      exitCode: 5,
      message: "pip could not install xgboost-cpu 3.4.1",
    });
  });

  test("time", async ({ folder }) => {
    await expect(install(folder, { install: "exec sleep 60", limitSeconds: 1 })).rejects.toMatchObject({
      exitCode: 5,
      message: "python3 -m pip was stopped: it took longer than 1 s",
      hint: "is the network slow, or a proxy needed (HTTPS_PROXY)? churn setup native begins anew",
    });
    expect(left(folder)).toEqual([]);
  });

  test("a library that this machine can use", async ({ folder }) => {
    const message = (reason: string) => `the library of xgboost-cpu 3.4.1 can't be used on this machine: ${reason}`;
    await expect(install(folder)).rejects.toMatchObject({ exitCode: 5, message: message("it is not there") });
    const text = 'mkdir -p "$site/xgboost/lib"; echo text > "$site/xgboost/lib/libxgboost.so"';
    await expect(install(folder, { install: text })).rejects.toMatchObject({
      message: message("it is no shared library"),
      hint: "it needs glibc 2.28 or newer (ldd --version), which musl isn't; churn setup native --version 2.1.4 does with 2.17",
    });
    expect(left(folder)).toEqual([]);
  });
});

describe.skipIf(newest === "")("a library", () => {
  test("takes the former one's place when it is verified, and not before", async ({ folder }) => {
    await mkdir(native(folder), { recursive: true });
    await writeFile(native(folder, "former"), "");
    const refuse = async () => Promise.reject(new Error("no good"));
    await expect(install(folder, { install: installs(newest), verify: refuse })).rejects.toThrow("no good");
    expect(readdirSync(native(folder))).toEqual(["former"]);

    const [version] = /\d+\.\d+\.\d+/.exec(newest) ?? [];
    expect(await install(folder, { install: installs(newest) })).toBe(version);
    expect(left(folder)).toEqual(["native"]);
    expect(readdirSync(native(folder, "bin")), "scripts that hold another path are gone").toEqual(["python3"]);
    expect(existsSync(native(folder, "lib", "python3.9", "site-packages", "xgboost", "lib", "libxgboost.so"))).toBe(
      true,
    );
  });

  test("comes by the pip that Python brings along, where there is no other", async ({ folder }) => {
    await install(folder, { pip: "exit 1", install: installs(newest) });
    const asked = await readFile(join(folder, "bin", "asked"), "utf8");
    expect(asked).toMatch(/\.part\/pip\/bin\/python3 -m pip install /);
  });

  test("comes from where pip is told to, of secrets with its own alone", async ({ folder }) => {
    const variables = {
      PIP_INDEX_URL: "https://index.example.com/simple",
      PIP_TARGET: "/elsewhere",
      PIP_USER: "1",
      https_proxy: "http://proxy.example.com:3128",
      PGPASSWORD: "geheim-47",
    };
    await writeFile(join(folder, ".env"), 'PIP_CERT="/etc/company.pem"\n', { mode: 0o600 });
    await install(folder, { variables, install: installs(newest) });
    const asked = (await readFile(join(folder, "bin", "asked"), "utf8")).split("\n");
    expect(asked).toEqual(
      expect.arrayContaining([
        "PIP_INDEX_URL=https://index.example.com/simple",
        "PIP_CERT=/etc/company.pem",
        "PIP_USER=0",
        "https_proxy=http://proxy.example.com:3128",
      ]),
    );
    expect(asked.filter((line) => /^(?:PGPASSWORD|PIP_TARGET)=/.test(line))).toEqual([]);
  });
});
