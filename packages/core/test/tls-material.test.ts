import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadMaterial } from "../dist/tls-material.js";
import { connectTls, listenTls } from "../dist/index.js";
import { makeAuthority } from "./support/certificates.js";
import { alpn, authority, clientLeaf, framing, serverLeaf, serverTls } from "./support/tls.js";
import { accept } from "./support/transports.js";

const folder = mkdtempSync(join(tmpdir(), "tautline-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const badOption = (...parts: string[]) => ({
  code: "bad-option",
  message: expect.stringMatching(new RegExp(parts.map((part) => part.replaceAll(/[.()/]/g, "\\$&")).join(".*"), "s")),
});

test("PEM text, bytes and paths are the same material", async () => {
  const inline = await loadMaterial({ ca: authority.cert, ...clientLeaf }, "client");
  const bytes = await loadMaterial(
    { ca: [Buffer.from(authority.cert)], cert: Buffer.from(clientLeaf.cert), key: Buffer.from(clientLeaf.key) },
    "client",
  );
  const paths = await loadMaterial(
    {
      ca: [file("ca.pem", authority.cert)],
      cert: file("cert.pem", clientLeaf.cert),
      key: file("key.pem", clientLeaf.key),
    },
    "client",
  );
  expect(bytes.digest).toBe(inline.digest);
  expect(paths).toEqual(inline);
});

test("a bundle of authorities is all of them", async () => {
  const second = await makeAuthority("second");
  const { ca } = await loadMaterial({ ca: `${authority.cert}\n${second.cert}` }, "client");
  expect(ca).toHaveLength(2);
});

test("an encrypted key needs its passphrase", async () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" })
    .toString();
  const path = file("encrypted.pem", key);
  for (const passphrase of [undefined, "wrong"]) {
    await expect(loadMaterial({ cert: clientLeaf.cert, key: path, passphrase }, "client")).rejects.toMatchObject(
      badOption("tls.key", path, "passphrase"),
    );
  }
  // The right one opens it: what is wrong then is that it is no key of this certificate.
  await expect(
    loadMaterial({ cert: clientLeaf.cert, key: path, passphrase: "secret" }, "client"),
  ).rejects.toMatchObject(badOption("tls.key", path, "not the key of"));
});

test("wrong material is refused before connecting, by option and path", async () => {
  const expired = await authority.issue({
    notBefore: new Date(Date.now() - 2 * 86_400_000),
    notAfter: new Date(Date.now() - 86_400_000),
  });
  const future = await authority.issue({ notBefore: new Date(Date.now() + 3_600_000) });
  const missing = join(folder, "missing.pem");
  const keyFile = file("only-key.pem", clientLeaf.key);
  const noPem = file("notes.txt", "hello");
  const broken = clientLeaf.cert.replace(/\n.{10}/, "\n");
  const cases: [object, ...string[]][] = [
    [{ ca: missing }, "tls.ca", missing, "ENOENT"],
    [{ ca: keyFile }, "tls.ca", keyFile, "no CERTIFICATE but PRIVATE KEY"],
    [{ ca: noPem }, "tls.ca", noPem, "not PEM"],
    [{ ca: Buffer.from([0x30, 0x82]) }, "tls.ca", "DER"],
    [{ ca: [] }, "tls.ca", "empty"],
    [{ ca: 5 }, "tls.ca", "must be PEM text, its bytes or a path, or an array of these"],
    [{ ca: [null] }, "tls.ca", "must be PEM text"],
    [{ cert: [clientLeaf.cert], key: clientLeaf.key }, "tls.cert", "must be PEM text, its bytes or a path"],
    [{ cert: clientLeaf.cert }, "tls.key", "missing"],
    [{ key: clientLeaf.key }, "tls.cert", "missing"],
    [{ cert: clientLeaf.cert, key: clientLeaf.cert }, "tls.key", "no PRIVATE KEY but CERTIFICATE"],
    [{ cert: broken, key: clientLeaf.key }, "tls.cert", "cannot be read"],
    [{ cert: clientLeaf.cert, key: serverLeaf.key }, "tls.key", "not the key of"],
    [expired, "tls.cert", "expired on"],
    [future, "tls.cert", "valid only from"],
    [{ minVersion: "TLSv1.1" }, "tls.minVersion", "TLSv1.3, TLSv1.2"],
    [{ ciphers: ["TLS_RSA_WITH_RC4_128_SHA"] }, "tls.ciphers", "TLS_AES_128_GCM_SHA256"],
    [{ ciphers: [] }, "tls.ciphers", "at least one"],
  ];
  for (const [options, ...parts] of cases) {
    await expect(loadMaterial(options, "client"), parts.join(" ")).rejects.toMatchObject(badOption(...parts));
    // The same through the door, to a port where nobody listens: it does not come that far.
    await expect(connectTls({ host: "127.0.0.1", port: 1, tls: options, framing, alpn })).rejects.toMatchObject({
      code: "bad-option",
    });
  }
});

test("a client that shows a certificate trusts no public authority by default", async () => {
  await expect(loadMaterial(clientLeaf, "client")).rejects.toMatchObject(
    badOption("tls.ca", "required beside tls.cert"),
  );
  expect((await loadMaterial({}, "client")).ca).toBeUndefined();
});

test("a chain that no peer could accept is refused whole", async () => {
  const ca = authority.cert;
  const stranger = await makeAuthority("stranger");
  const nameless = await authority.issue({ commonName: "localhost" });
  const other = await authority.issue({ use: "client", dns: ["localhost"] });
  const list = await authority.revoke();
  const over = await authority.revoke([], { validTo: new Date(Date.now() - 1000) });
  const cases: [object, "client" | "server", ...string[]][] = [
    [
      { ...serverLeaf, cert: `${serverLeaf.cert}\n${stranger.cert}` },
      "server",
      "tls.cert",
      "number 2 did not sign number 1",
    ],
    [{ ...serverLeaf, cert: `${authority.cert}\n${serverLeaf.cert}` }, "server", "tls.cert", "did not sign"],
    [{ ...serverLeaf, cert: authority.cert }, "server", "tls.cert", "the leaf must come first"],
    [nameless, "server", "tls.cert", "no subject alternative name"],
    [other, "server", "tls.cert", "not meant for servers"],
    [{ ...clientLeaf, crl: clientLeaf.cert }, "client", "tls.crl", "no X509 CRL but CERTIFICATE"],
    [{ ...clientLeaf, crl: `${list}\n${list.slice(0, 100)}` }, "client", "tls.crl", "X509 CRL without its end"],
    [
      { ...clientLeaf, crl: file("lists.crl", list + over) },
      "client",
      "tls.crl",
      "lists.crl",
      "number 2",
      "out of date",
    ],
  ];
  for (const [options, end, ...parts] of cases) {
    await expect(loadMaterial({ ca, ...options }, end), parts.join(" ")).rejects.toMatchObject(badOption(...parts));
  }
  // A client's has no name that anybody looks up.
  await loadMaterial({ ca, ...nameless }, "client");
  await loadMaterial({ ca, ...serverLeaf, cert: `${serverLeaf.cert}\n${authority.cert}` }, "server");
});

test("an error never shows a key", async () => {
  const error: unknown = await loadMaterial(
    { cert: clientLeaf.cert, key: clientLeaf.key.slice(0, 100) },
    "client",
  ).catch((e: unknown) => e);
  expect(String(error)).toContain("tls.key");
  expect(String(error)).not.toContain(clientLeaf.key.slice(40, 60));
});

test("mutual TLS without an authority refuses to start", async () => {
  await expect(listenTls({ host: "127.0.0.1", port: 0, tls: serverLeaf, framing, alpn })).rejects.toMatchObject(
    badOption("tls.ca", "required to verify clients"),
  );
});

test("verification has no switch", async () => {
  const noSwitch = badOption("tls.rejectUnauthorized", "verification cannot be turned off");
  const off: object = { rejectUnauthorized: false };
  await expect(connectTls({ host: "127.0.0.1", port: 1, tls: off, framing, alpn })).rejects.toMatchObject(noSwitch);
  await expect(
    listenTls({ host: "127.0.0.1", port: 0, tls: { ...serverTls, ...off }, framing, alpn }),
  ).rejects.toMatchObject(noSwitch);
  await expect(connectTls({ host: "127.0.0.1", port: 1, ...off, framing, alpn })).rejects.toMatchObject(
    badOption("rejectUnauthorized", "verification is always on"),
  );
  await expect(
    connectTls({ host: "127.0.0.1", port: 1, tls: { checkServerIdentity: () => undefined } as object, framing, alpn }),
  ).rejects.toMatchObject(badOption("tls.checkServerIdentity"));
  await expect(
    connectTls({ host: "127.0.0.1", port: 1, tls: { clientCertificate: "none" } as object, framing, alpn }),
  ).rejects.toMatchObject(badOption("tls.clientCertificate", "is not an option"));
  await expect(
    connectTls({ host: "127.0.0.1", port: 1, tls: { resumption: "false" } as object, framing, alpn }),
  ).rejects.toMatchObject(badOption("tls.resumption", "must be true or false"));
});

test("the cipher suites that are named are the ones that are used", async () => {
  const tls = { ...serverTls, ciphers: ["TLS_CHACHA20_POLY1305_SHA256"] as const };
  const listener = await listenTls({ host: "127.0.0.1", port: 0, tls, framing, alpn });
  const client = await connectTls({
    host: "127.0.0.1",
    port: listener.address.port ?? 0,
    tls: { ca: authority.cert, ...clientLeaf },
    framing,
    alpn,
  });
  const server = await accept(listener);
  expect(client.peer.tls?.cipher).toBe("TLS_CHACHA20_POLY1305_SHA256");
  await Promise.all([client.close(), server.close(), listener.close()]);
});
