import { fileURLToPath } from "node:url";

/**
 * The Telco table as it was published: 7,043 customers, one row each, CSV with nulls as NA. Where it is from and its licence:
 * telco/NOTICE.
 *
 * It lies in `telco/` beside this module, and the build copies that folder beside the bundle, so one path serves both.
 */
export const telcoFile = fileURLToPath(new URL("./telco/wa_churn.csv", import.meta.url));
