import { own } from "../../config/own.ts";

/** Kinds of servers, by the schemes that their own clients take. */
const SCHEMES: Readonly<Record<string, "postgres" | "mysql">> = {
  postgres: "postgres",
  postgresql: "postgres",
  mysql: "mysql",
  mariadb: "mysql",
};

/** The kind of server that a source.url names; undefined where it names none. */
export function serverOf(url: string): "postgres" | "mysql" | undefined {
  const scheme = /^([a-z]+):\/\//i.exec(url)?.[1]?.toLowerCase() ?? "";
  return own(SCHEMES, scheme);
}

export function isServerUrl(url: string): boolean {
  return serverOf(url) !== undefined;
}
