import type { Letter } from "../../src/lib/notify/letter.ts";

/** A letter about a night that failed. */
export function letterOf(parts: Partial<Letter> = {}): Letter {
  return {
    key: "2026-11-23.failed.20261123T050000Z-7f3a",
    created_at: "2026-11-23T05:00:09Z",
    message: {
      kind: "failed",
      night: "2026-11-23",
      run: "20261123T050000Z-7f3a",
      stage: "validate",
      reason: "2 of 11 quality gates failed",
      details: [],
      hint: null,
      workspace: "/srv/churn",
      host: "vm-ml-1",
    },
    workspace: { id: "0".repeat(32), folder: "/srv/churn" },
    host: "vm-ml-1",
    series: null,
    notes: [],
    tail: [],
    link: null,
    next: ["churn run-all --date 2026-11-23"],
    ...parts,
  };
}
