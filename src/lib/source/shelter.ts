import { requireTemporaryPlace } from "../files/temporary.ts";
import { clearLeftovers, type Shelter } from "../files/unfinished.ts";

/** What private files and folders are called while they have customers in them; what a kill left of one is found by it. */
const STEM = "churn-source-rows";

/**
 * Where a source's rows lie for a while, without those that a killed process left there.
 *
 * @throws {ServiceError} when there is no place for temporary files
 */
export function sourceShelter(): Shelter {
  const shelter = { folder: requireTemporaryPlace(), stem: STEM };
  clearLeftovers(shelter);
  return shelter;
}
