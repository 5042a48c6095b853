import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import { parseUnits, unitName, unitsOf, watchdogUnitsOf } from "../../src/lib/schedule/units.ts";
import { least } from "../support/config-workspace.ts";

const start = {
  node: "/usr/bin/node",
  program: "/opt/churn/bin/churn",
  root: "/srv/churn",
  variables: { PATH: "/usr/local/bin:/usr/bin:/bin" },
};

interface Given {
  readonly of?: Partial<typeof start>;
  readonly home?: string | undefined;
  readonly folders?: readonly string[];
  readonly yaml?: string;
}

function config(yaml: string): Config {
  return configSchema.parse(parse(`${least}timezone: Europe/Berlin\n${yaml}`));
}

function meansOf({ of = {}, folders = [], yaml = "", ...given }: Given = {}) {
  const started = { ...start, ...of };
  const home = "home" in given ? given.home : "/var/lib/churn";
  return { start: started, user: "churn", home, folders: [started.root, ...folders], config: config(yaml) };
}

function units(given: Given = {}) {
  return unitsOf(meansOf(given));
}

/** The values of a key, in order. */
function valuesOf(text: string, key: string): string[] {
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

const protectHome = (given: Given) => valuesOf(units(given).service.text, "ProtectHome").join();

test("the service starts run-all in the workspace, and the timer starts the service by the workspace's clocks", () => {
  const { service, timer } = units({ yaml: 'schedule: { at: "05:45" }' });
  expect(service.path).toBe(`/etc/systemd/system/${unitName("/srv/churn")}.service`);
  expect(timer.path).toBe(service.path.replace(/service$/, "timer"));
  expect(valuesOf(service.text, "ExecStart")).toEqual([
    "/usr/bin/node /opt/churn/bin/churn -C /srv/churn run-all --wait-lock 30m",
  ]);
  expect(valuesOf(service.text, "User")).toEqual(["churn"]);
  expect(valuesOf(timer.text, "OnCalendar")).toEqual(["*-*-* 05:45:00 Europe/Berlin"]);
  expect(valuesOf(timer.text, "Persistent")).toEqual(["true"]);
  expect(valuesOf(timer.text, "WantedBy")).toEqual(["timers.target"]);
});

test("the watchdog has two of its own, as closed off, which make up for nothing", () => {
  const { service, timer } = watchdogUnitsOf(meansOf({ yaml: 'watchdog: { by: "08:30" }' }));
  expect(service.path).toBe(`/etc/systemd/system/${unitName("/srv/churn")}-watchdog.service`);
  expect(timer.path).toBe(service.path.replace(/service$/, "timer"));
  expect(valuesOf(service.text, "ExecStart")).toEqual(["/usr/bin/node /opt/churn/bin/churn -C /srv/churn watchdog"]);
  expect(valuesOf(service.text, "TimeoutStartSec")).toEqual([String(120 + 60 + 900)]);
  expect(valuesOf(timer.text, "OnCalendar")).toEqual(["*-*-* 08:35:00 Europe/Berlin"]);
  expect(valuesOf(timer.text, "Persistent")).toEqual([]);
  const closed = (text: string) => text.slice(text.indexOf("NoNewPrivileges"));
  expect(closed(service.text)).toBe(closed(units().service.text));
});

test("all that the line does has its time before systemd ends it", () => {
  const seconds = (yaml = "") => Number(valuesOf(units({ yaml }).service.text, "TimeoutStartSec").join());
  const [hour, minute] = [3600, 60];
  // Ten minutes are a service's, at each of nine stages and before; a quarter of an hour is for the messages.
  const night = 4 * hour + 10 * 10 * minute + 900;
  expect(seconds()).toBe(30 * minute + night);
  expect(seconds("schedule: { wait_lock: null }")).toBe(night);
  expect(seconds("schedule: { wait_lock: null }\nrun: { timeout: 90m, retries: { deadline: 0s } }")).toBe(6300);
  expect(seconds("schedule: { wait_lock: 2h, catch_up: 2 }")).toBe(3 * (2 * hour + night) + 2 * hour + 900);
  // Between two nights others are waited for all the same.
  expect(seconds("schedule: { wait_lock: null, catch_up: 2 }")).toBe(3 * (4 * hour + night) + 4 * hour + 900);
});

test("Node would be killed by MemoryDenyWriteExecute", () => {
  expect(units().service.text).not.toContain("MemoryDenyWriteExecute");
});

describe("ProtectHome", () => {
  test("hides the home folders where nothing of the night lies there", () => {
    expect(protectHome({})).toBe("yes");
    expect(protectHome({ of: { root: "/srv/home/churn" } })).toBe("yes");
    expect(protectHome({ yaml: "store: /data/homestead" })).toBe("yes");
  });

  test.each<[string, Given]>([
    ["the workspace", { of: { root: "/home/maria/churn" } }],
    ["Node", { of: { node: "/home/maria/.nvm/versions/node/v20.20.2/bin/node" } }],
    ["churn", { of: { program: "/home/maria/churn/bin/churn" } }],
    ["a folder of PATH", { of: { variables: { PATH: "/home/maria/bin:/usr/bin" } } }],
    ["the user's home, where credentials lie", { home: "/home/churn" }],
    ["a home that nobody knows", { home: undefined }],
    ["the store", { folders: ["/home/maria/store"] }],
    ["the store in churn.yaml", { yaml: "store: /home/maria/store" }],
    ["libxgboost", { yaml: "train: { library: /home/maria/libxgboost.so }" }],
  ])("leaves them readable for %s", (_, given) => {
    expect(protectHome(given)).toBe("read-only");
  });

  test("leaves them readable for the source", () => {
    const source = { url: "duckdb:/home/maria/customers.duckdb", table: "customers" };
    const all = { ...parse(least), source };
    const { service } = unitsOf({
      start,
      user: "churn",
      home: "/srv",
      folders: ["/srv/churn"],
      config: configSchema.parse(all),
    });
    expect(valuesOf(service.text, "ProtectHome")).toEqual(["read-only"]);
  });
});

test("a workspace in a temporary folder isn't hidden from its own night", () => {
  expect(valuesOf(units().service.text, "PrivateTmp")).toEqual(["yes"]);
  expect(valuesOf(units({ of: { root: "/tmp/churn" } }).service.text, "PrivateTmp")).toEqual([]);
  expect(valuesOf(units({ folders: ["/var/tmp/store"] }).service.text, "PrivateTmp")).toEqual([]);
});

test("what a night writes to is the workspace, and the folders that lie elsewhere", () => {
  const { service } = units({
    folders: ["/srv/churn/store", "/data/ml store", "/srv/churn2", "/data/ml store/mlruns"],
  });
  expect(valuesOf(service.text, "ReadWritePaths")).toEqual(['/srv/churn "/data/ml store" /srv/churn2']);
});

test("a workspace's units have a name of their own, which says which it is", () => {
  expect(unitName("/srv/telco é Churn/")).toMatch(/^churn-telco-churn-[0-9a-f]{6}$/);
  expect(unitName("/srv/churn")).toMatch(/^churn-[0-9a-f]{6}$/);
  expect(unitName("/home/maria/churn")).not.toBe(unitName("/srv/churn"));
  expect(unitName(`/srv/${"long".repeat(60)}`).length).toBeLessThan(60);
  expect(unitName("/é")).toMatch(/^churn-[0-9a-f]{6}$/);
});

const path = fc
  .array(fc.oneof(fc.constantFrom("%", "%%", "\\", '"', "'", "$", "$$", "{", "}", " ", "#", ";"), fc.string()))
  .map((parts) => `/${parts.join("").replaceAll(/\p{Cc}|\p{Cs}/gu, "")}`);

test("read back they are what was written, whatever the paths have in them", () => {
  fc.assert(
    fc.property(path, path, (root, program) => {
      const { service, timer } = units({ of: { root, program } });
      expect(parseUnits(service.text, timer.text)).toEqual({
        at: "06:00",
        zone: "Europe/Berlin",
        starts: { node: start.node, program, root },
        words: ["run-all", "--wait-lock", "30m"],
      });
      // A backslash at its end would draw the next line into this one.
      expect(service.text).not.toMatch(/\\$/m);
      // Where no second one stands beside it, systemd puts something in.
      expect(service.text.replaceAll("%%", "")).not.toContain("%");
    }),
  );
});

test("units that a person has changed are what they became", () => {
  expect(parseUnits("ExecStart=/usr/bin/true", "OnCalendar=hourly")).toEqual({
    at: undefined,
    zone: undefined,
    starts: undefined,
    words: [],
  });
  expect(parseUnits("", "OnCalendar=*-*-* 07:00:00")).toMatchObject({ at: "07:00", zone: undefined });
});
