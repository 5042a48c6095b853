import type { Environment } from "../workspace/env.ts";

/** The same environment, which notes the names of the variables that it is asked for. */
export function watchEnvironment(environment: Environment): {
  readonly environment: Environment;
  readonly asked: ReadonlySet<string>;
} {
  const asked = new Set<string>();
  return {
    asked,
    environment: {
      ...environment,
      get: (name) => {
        asked.add(name);
        return environment.get(name);
      },
      secret: (name) => {
        asked.add(name);
        asked.add(`${name}_FILE`);
        return environment.secret(name);
      },
    },
  };
}
