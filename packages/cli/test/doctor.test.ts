// `tautline doctor` against servers that are well and servers that are not, over loopback.
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createTcpServer, type Server as NetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { serve, type ServerTlsOptions } from "@tautline/rpc";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { runCommandLine } from "../dist/command-line.js";
import { findingsOf, type Finding } from "../dist/doctor-findings.js";
import { examine } from "../dist/doctor.js";
import { makeDevelopmentCertificates } from "../dist/index.js";

interface Files {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

let folder: string;
let server: Files;
let client: Files;
let stranger: Files;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tautline-doctor-"));
  const make = async (out: string): Promise<Files[]> => {
    const { authority, leaves } = await makeDevelopmentCertificates({ out: join(folder, out) });
    const ca = authority.certificatePath;
    return leaves.map(({ certificatePath, keyPath }) => ({ ca, cert: certificatePath, key: keyPath }));
  };
  const [ours, theirs] = [await make("ours"), await make("theirs")];
  if (ours[0] === undefined || ours[1] === undefined || theirs[1] === undefined) throw new Error("two leaves are made");
  [server, client] = [ours[0], ours[1]];
  stranger = theirs[1];
});
afterAll(() => rm(folder, { recursive: true }));

async function start(tls: Partial<ServerTlsOptions> = {}): Promise<number> {
  const options = { port: 0, host: "127.0.0.1", tls: { ...server, ...tls }, logger: false as const, services: [] };
  const started = await serve(options);
  onTestFinished(() => started.close());
  return started.address.port ?? 0;
}

/** A server that is none of ours. */
async function startOther(other: NetServer): Promise<number> {
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function tlsServer(options: TlsOptions = {}): NetServer {
  const keys = { cert: readFileSync(server.cert), key: readFileSync(server.key) };
  return createTlsServer({ ...keys, ...options }, (socket) => {
    socket.on("error", () => {});
    socket.end("hello");
  });
}

async function findings(
  port: number,
  options: Partial<Parameters<typeof examine>[0]> = {},
): Promise<readonly Finding[]> {
  return findingsOf(await examine({ target: `localhost:${port}`, ca: server.ca, ...options }), Date.now());
}

const troubles = (found: readonly Finding[]): string[] =>
  found
    .filter(({ level }) => level === "problem" || level === "warning")
    .map(({ level, about, message }) => `${level} ${about}: ${message}`);

/** The command, as it would run in a process. */
async function doctor(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof said) => ({ write: (text: string) => void (said[name] += text) });
  const code = await runCommandLine(["doctor", ...args], { stdout: stream("stdout"), stderr: stream("stderr") });
  return { code, ...said };
}

test("a default server has no problem, and a verified client is served and resumed", async () => {
  const found = await findings(await start(), client);
  expect(troubles(found)).toEqual([]);
  const good = found.filter(({ level }) => level === "good").map(({ message }) => message);
  for (const fact of [
    /^trusted, issued by /,
    /^the certificate is good for another 30\.0 days/,
    /^localhost is one of: DNS:server, DNS:localhost/,
    /^agreed on tautline\/1/,
    /^TLS 1\.3 is spoken/,
    /^key exchange by .*X25519, prime256v1, secp384r1/,
    /^a client without a certificate is refused/,
    /^our certificate is accepted/,
    /^sessions are resumed/,
    /^tautline\/.* answers a ping/,
  ]) {
    expect(good).toContainEqual(expect.stringMatching(fact));
  }
});

test("what is wrong is told with what to do", async () => {
  const port = await start();
  expect(troubles(await findings(port, { ca: stranger.ca }))).toEqual([
    expect.stringMatching(/^problem certificate: not to be trusted/),
  ]);
  expect(troubles(await findings(port, { servername: "orders.internal" }))).toEqual([
    expect.stringMatching(/^problem name: orders\.internal is not in the certificate, which has DNS:server/),
  ]);
  const refused = await findings(port, { cert: stranger.cert, key: stranger.key });
  expect(troubles(refused)).toEqual([expect.stringMatching(/^problem clients: our certificate is refused/)]);
  for (const { level, remedy } of refused) if (level === "problem") expect(remedy).toContain("tls.ca");
});

test("what a server allows beyond the defaults is told", async () => {
  const open = await findings(await start({ clientCertificate: "none", minVersion: "TLSv1.2", resumption: false }));
  expect(troubles(open)).toEqual(["warning clients: a client without a certificate is served"]);
  expect(open).toContainEqual(expect.objectContaining({ level: "note", message: "TLS 1.2 is spoken" }));
  expect(open).toContainEqual(expect.objectContaining({ level: "note", about: "resumption" }));
  expect(open).toContainEqual(expect.objectContaining({ level: "good", about: "call" }));
});

test("older versions are seen of a server that asks for certificates, whether one is shown or not", async () => {
  const allowed = await start({ minVersion: "TLSv1.2" });
  const mutual = { ca: readFileSync(server.ca), requestCert: true, ALPNProtocols: ["tautline/1"] };
  const lax = await startOther(tlsServer({ ...mutual, minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" }));
  const strict = await start();
  for (const shown of [{}, { cert: client.cert, key: client.key }]) {
    const spoken = async (port: number): Promise<string[]> =>
      (await findings(port, shown)).filter(({ about }) => about === "TLS").map(({ message }) => message);
    expect(await spoken(strict)).toEqual(["TLS 1.3 is spoken"]);
    expect(await spoken(allowed)).toEqual(["TLS 1.3 is spoken", "TLS 1.2 is spoken"]);
    expect(await spoken(lax)).toEqual(["TLSv1.1 and TLSv1 are spoken", "TLS 1.3 is spoken", "TLS 1.2 is spoken"]);
  }
});

test("files that no client could use are told as such, and no server is looked at", async () => {
  let connections = 0;
  const port = await startOther(createTcpServer((socket) => void (connections++, socket.destroy())));
  const noPem = join(folder, "no.pem");
  await writeFile(noPem, "hello");
  for (const [files, why] of [
    [["--ca", noPem], /tls\.ca .*no\.pem is not PEM/],
    [["--ca", join(folder, "absent.pem")], /tls\.ca .*absent\.pem.* cannot be read as a file: ENOENT/],
    [["--ca", server.ca, "--cert", client.cert, "--key", server.key], /tls\.key .* is not the key of tls\.cert/],
    [["--ca", server.ca, "--cert", server.cert, "--key", server.key], /tls\.cert .* is not meant for clients/],
  ] as const) {
    const { code, stdout, stderr } = await doctor(`localhost:${port}`, ...files);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error: --ca, --cert and --key are not what a client can use: /);
    expect(stderr).toMatch(why);
  }
  expect(connections).toBe(0);
});

test("a server that does no handshake is not asked for more, and one that falls silent has refused nobody", async () => {
  let connections = 0;
  const mute = createTcpServer((socket) => void (connections++, socket.on("error", () => {}).destroy()));
  await findings(await startOther(mute), client);
  expect(connections).toBe(2);
  const seen = await examine({ target: `localhost:${await start()}`, ...client });
  if (seen.ours === undefined) throw new Error("a certificate was shown");
  const silent = findingsOf({ ...seen, ours: { ...seen.ours, end: "silent" } }, Date.now());
  expect(troubles(silent)).toEqual(["problem clients: our certificate is neither accepted nor refused"]);
});

test("who is denied is told what the server said, and where to look", async () => {
  const options = { port: 0, host: "127.0.0.1", tls: server, logger: false as const, services: [] };
  const denying = await serve({ ...options, authorize: () => false });
  onTestFinished(() => denying.close());
  const found = await findings(denying.address.port ?? 0, client);
  expect(troubles(found)).toEqual([expect.stringMatching(/^problem call: a client cannot connect: .*denied/)]);
  expect(found.at(-1)?.remedy).toContain("log");
});

test("a certificate is told of before it ends, and after", async () => {
  const seen = await examine({ target: `localhost:${await start()}`, ca: server.ca });
  const at = (days: number): string[] => troubles(findingsOf(seen, Date.now() + days * 86_400_000));
  expect(at(19)).toEqual([]);
  expect(at(21)).toEqual([expect.stringMatching(/^warning certificate: the certificate expires in 9\.\d days/)]);
  expect(at(31)).toEqual([expect.stringMatching(/^problem certificate: the certificate expired on/)]);
});

test("a TLS server that is lax, or of another protocol, is told from one of ours", async () => {
  const lax = await findings(await startOther(tlsServer({ minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" })));
  expect(troubles(lax)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^problem protocol: the server did not agree on tautline\/1 \(ALPN\): it chose none/),
      "problem protocol: a client that offers no protocol is served",
      "problem protocol: a client that offers another protocol is served",
      expect.stringMatching(/^problem TLS: TLSv1\.1 and TLSv1 are spoken/),
      expect.stringMatching(/^problem call: a client cannot connect/),
    ]),
  );
  const web = await findings(await startOther(tlsServer({ ALPNProtocols: ["h2"] })));
  expect(troubles(web)).toEqual(["problem protocol: the server speaks TLS, and not tautline/1"]);
  const plain = createTcpServer((socket) => socket.on("error", () => {}).end("220 mail\r\n"));
  expect(troubles(await findings(await startOther(plain)))).toEqual([
    expect.stringMatching(/^problem TLS: there is no TLS handshake: ERR_SSL_/),
  ]);
});

test("the command exits with 0 where there is no problem and with 1 where there is one, and writes JSON", async () => {
  const port = await start();
  const well = await doctor(`127.0.0.1:${port}`, "--ca", server.ca, "--cert", client.cert, "--key", client.key);
  expect(well).toMatchObject({ code: 0, stderr: "" });
  expect(well.stdout).toMatch(/^127\.0\.0\.1:\d+\n\nok {7}certificate {2}trusted/);
  expect(well.stdout).toMatch(/\n0 problems, 0 warnings\n$/);
  const ill = await doctor(`localhost:${port}`, "--json");
  expect(ill.code).toBe(1);
  expect(JSON.parse(ill.stdout)).toMatchObject({
    host: "localhost",
    port,
    findings: expect.arrayContaining([
      { level: "problem", about: "certificate", message: expect.any(String), remedy: expect.stringContaining("--ca") },
    ]),
  });
});

test("an address that nobody listens on is one problem, and one that is none exits with 1", async () => {
  const closed = createTcpServer();
  const port = await startOther(closed);
  await new Promise((resolve) => closed.close(resolve));
  const { code, stdout } = await doctor(`localhost:${port}`);
  expect(code).toBe(1);
  expect(stdout).toContain(`PROBLEM  connection   nobody answers at localhost:${port} (ECONNREFUSED)`);
  for (const wrong of ["localhost:0", "https://localhost:1", "a b:1", "localhost:70000"]) {
    expect(await doctor(wrong)).toMatchObject({ code: 1, stderr: expect.stringContaining("is no address") });
  }
  expect(await doctor("localhost", "--cert", client.cert)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--cert and --key belong together"),
  });
});

test("what a server calls itself cannot steer the terminal", async () => {
  const { doctorLines } = await import("../dist/doctor-report.js");
  const { default: picocolors } = await import("picocolors");
  const seen = await examine({ target: `localhost:${await start()}` });
  const finding: Finding = { level: "good", about: "call", message: "\u001b[2J\u009b31m evil\u202egood" };
  expect(doctorLines(seen, [finding], picocolors.createColors(false))).toContain("?[2J?31m evil?good");
});
