// An authority on this machine, and what it has certified, by openssl.

import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes `ca.crt` and a certificate with its key for each name into the folder. */
export function certificates(folder) {
  const openssl = (...arguments_) => execFileSync("openssl", arguments_, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-config", "req.cnf"];
  const authority = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  const leaf = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature"];
  writeFileSync(join(folder, "req.cnf"), "[req]\ndistinguished_name=name\n[name]\n");
  for (const name of ["ca", "stranger-ca"]) {
    openssl("req", "-x509", ...key, "-subj", `/CN=${name}`, ...authority, "-keyout", `${name}.key`, "-out", `${name}.crt`);
  }
  const issue = (name, ca, usage, ...more) =>
    openssl("req", "-x509", "-CA", `${ca}.crt`, "-CAkey", `${ca}.key`, ...key, "-subj", `/CN=${name}`, ...leaf,
      "-addext", `extendedKeyUsage=${usage}`, ...more, "-keyout", `${name}.key`, "-out", `${name}.crt`);
  issue("origin", "ca", "serverAuth", "-addext", "subjectAltName=DNS:localhost");
  for (const name of ["edge", "cloudflare"]) issue(name, "ca", "clientAuth");
  issue("stranger", "stranger-ca", "clientAuth");
  openssl("genpkey", "-algorithm", "ed25519", "-out", "assertion.key");
  openssl("pkey", "-in", "assertion.key", "-pubout", "-out", "assertion.pub");

  const path = (name) => join(folder, name);
  const read = (name) => readFileSync(path(name), "utf8");
  return {
    path,
    read,
    /** As workerd takes it. Without a name, nothing is shown. */
    tls: (name) => ({
      trustBrowserCas: false,
      trustedCertificates: [read("ca.crt")],
      ...(name && { keypair: { privateKey: read(`${name}.key`), certificateChain: read(`${name}.crt`) } }),
    }),
    /** As `plue-origin` names a key. */
    pin(name) {
      const der = new X509Certificate(read(`${name}.crt`)).publicKey.export({ type: "spki", format: "der" });
      return `sha256/${createHash("sha256").update(der).digest("base64")}`;
    },
  };
}
