/** The two nights of the workspace that the integration tests share; the second one is the README's. */
export const firstNight = "2026-11-22";
export const secondNight = "2026-11-23";
