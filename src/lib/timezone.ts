import { readlinkSync } from "node:fs";

/** Whether dates can be reckoned in it: an IANA name, old spellings and links (Asia/Kolkata, Etc/UTC) included. */
export function isTimezone(zone: string): boolean {
  // Intl takes offsets such as +01:00 as well; they don't follow summer time, so they are no place to schedule in.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone !== "Etc/Unknown";
  } catch {
    return false;
  }
}

/** The machine's time zone by its IANA name; UTC where the machine doesn't say. */
export function machineTimezone(): string {
  // Undefined or Etc/Unknown when TZ is empty, a path or no zone's name (Node 20).
  const zone: string | undefined = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone !== undefined && isTimezone(zone)) return zone;
  const linked = localtimeZone();
  return linked !== undefined && isTimezone(linked) ? linked : "UTC";
}

/** What /etc/localtime links to: …/zoneinfo/Europe/Berlin. */
function localtimeZone(): string | undefined {
  try {
    return readlinkSync("/etc/localtime").split("/zoneinfo/")[1];
  } catch {
    return undefined;
  }
}
