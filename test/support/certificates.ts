import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/** Paths of PEM files. */
export interface Certificates {
  /** of an authority that nobody knows */
  readonly ca: string;
  /** of a server on this machine, by that authority */
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes an authority and a server's certificate for 127.0.0.1 and localhost, or other names.
 *
 * @param days  how long the server's is valid; -1: until yesterday
 */
export async function makeCertificates(
  folder: string,
  names = "IP:127.0.0.1,DNS:localhost",
  days = 2,
): Promise<Certificates> {
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const openssl = (words: readonly string[]) => execa("openssl", words, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl([
    ...["req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=churn test CA"],

    ...["-addext", "basicConstraints=critical,CA:TRUE"],
  ]);
  await openssl(["req", ...newKey, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=churn test server"]);
  await writeFile(file("server.ext"), `subjectAltName=${names}\n`);
  await openssl([
    ...["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-out", "server.pem", "-days", String(days), "-extfile", "server.ext"],
  ]);
  return { ca: file("ca.pem"), certificate: file("server.pem"), key: file("server.key") };
}
