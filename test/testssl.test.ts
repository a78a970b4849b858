// What testssl.sh, a stranger's tool, says of a server with its defaults. Debian's package; CI has it, elsewhere it is asked
// only where it is installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@tautline/rpc";
import { makeDevelopmentCertificates } from "tautline";
import { expect, onTestFinished, test } from "vitest";

const program = "/usr/bin/testssl";

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

/** Of the development authority, which nobody can ask, and of this machine's OpenSSL: not of the server. */
const notOurs = new Set(["cert_revocation", "DNS_CAArecord", "engine_problem", "optimal_proto", "service"]);

async function findings(port: number, folder: string, ca: string): Promise<readonly Finding[]> {
  const report = join(folder, "testssl.json");
  const looks = ["--protocols", "--std", "--pfs", "--server-preference", "--server-defaults", "--vulnerable"];
  const quiet = ["--quiet", "--color", "0", "--warnings", "off", "--ip", "one", "--jsonfile", report, "--add-ca", ca];
  const child = spawn(program, [...quiet, ...looks, `localhost:${port}`], { stdio: "ignore" });
  // Its exit code counts findings, and is judged here.
  await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  return JSON.parse(await readFile(report, "utf8")) as readonly Finding[];
}

test.skipIf(process.env["CI"] === undefined && !existsSync(program))(
  "testssl.sh has nothing against a default server",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "tautline-testssl-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { authority, leaves } = await makeDevelopmentCertificates({ out: folder, servers: ["server"], days: 90 });
    const [leaf] = leaves;
    if (leaf === undefined) throw new Error("a certificate was asked for");
    const ca = authority.certificatePath;
    const tls = { ca, cert: leaf.certificatePath, key: leaf.keyPath };
    const server = await serve({ port: 0, host: "127.0.0.1", tls, services: [], logger: false });
    onTestFinished(() => server.close());

    const found = await findings(server.address.port ?? 0, folder, ca);
    const against = found.filter(({ id, severity }) => severity !== "OK" && severity !== "INFO" && !notOurs.has(id));
    expect(against).toEqual([]);
    // That it looked at all.
    const said = new Map(found.map(({ id, finding }) => [id, finding]));
    expect([said.get("TLS1_3"), said.get("TLS1_2"), said.get("TLS1")]).toEqual([
      expect.stringContaining("offered"),
      "not offered",
      "not offered",
    ]);
    expect(said.get("cert_trust")).toContain("Ok via SAN");
    for (const id of ["heartbleed", "CCS", "ROBOT", "secure_client_renego", "LUCKY13"]) expect(said.has(id)).toBe(true);
  },
  240_000,
);
