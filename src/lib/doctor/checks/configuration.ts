import { counted } from "../../cli/numbers.ts";
import { tilde } from "../../cli/output/text.ts";
import { findingOf, fine, type PlaceCheck, START } from "../check.ts";

/** churn.yaml with all that is put over it, as a run reads it. */
export const configuration: PlaceCheck = {
  kind: "place",
  name: "configuration",
  stage: START,
  look: async ({ environment, root, loaded, mistake, env }) => {
    if (root.kind === "found" && environment.kind === "missing")
      return [{ state: "unknown", text: "not looked at: .env first" }];
    if (loaded.kind === "missing") return [findingOf(loaded.error)];
    if (mistake !== undefined) return [mistake];
    const { file, origins } = loaded.value;
    const kinds = [...origins.values()].map(({ kind }) => kind);
    const from = (kind: string) => kinds.filter((one) => one === kind).length;
    const [environmental, set] = [from("environment"), from("flag")];
    return [
      fine(
        [
          tilde(file, env.HOME),
          ...(environmental === 0 ? [] : [`${counted(environmental, "value")} from the environment`]),
          ...(set === 0 ? [] : [`${counted(set, "value")} from --set`]),
        ].join(", "),
      ),
    ];
  },
};
