import { expect, test } from "vitest";
import { lookAtDisks } from "../../src/lib/watchdog/look-at-disks.ts";

const GB = 1e9;
const places = [
  { name: "the workspace", path: "/w" },
  { name: "the store", path: "/data" },
  { name: "the place for temporary files", path: "/tmp" },
];
const disks: Readonly<Record<string, { id: number; free: number; size: number }>> = {
  "/w": { id: 1, free: 9 * GB, size: 100 * GB },
  "/data": { id: 2, free: 10 * GB, size: 100 * GB },
  "/tmp": { id: 1, free: 9 * GB, size: 100 * GB },
};

test("a disk with less room than is asked is told once, with all that lies on it", () => {
  expect(lookAtDisks(places, 0.1, (path) => disks[path])).toEqual({
    findings: [
      {
        what: "disk",
        subject: "/w",
        text: "9.0 % of the disk of the workspace and the place for temporary files is free (/w, 9.0 GB), less than 10.0 % is too little",
        next: "churn gc --keep 30d --dry-run",
      },
    ],
    unjudged: [],
    well: [],
    notes: [],
  });
});

test("what is well is said of the fullest, and nothing of what nobody asks or can tell", () => {
  expect(lookAtDisks(places, 0.05, (path) => disks[path]).well).toEqual(["9.0 % of disk free"]);
  expect(lookAtDisks(places, null, () => expect.unreachable()).well).toEqual([]);
  expect(lookAtDisks(places, 0.1, () => undefined)).toMatchObject({ findings: [], well: [] });
  expect(lookAtDisks(places, 0.1, () => ({ id: 1, free: 0, size: 0 })).findings).toHaveLength(1);
});

test("this machine's disk can be asked", () => {
  const [well = ""] = lookAtDisks([{ name: "the workspace", path: process.cwd() }], 1e-9).well;
  expect(well).toMatch(/^\d+\.\d % of disk free$/);
});
