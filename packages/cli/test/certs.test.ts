// What lands in the folder, judged by Node's and OpenSSL's own parsers and not by the library that made it.
import "reflect-metadata"; // before x509
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate, createPrivateKey, webcrypto } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { X509CertificateGenerator } from "@peculiar/x509";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CertificateFiles, makeDevelopmentCertificates } from "../dist/certs.js";

const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";
const dayMs = 86_400_000;

let parent: string;
let out: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "tautline-certs-"));
  out = join(parent, "certs");
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(parent, { recursive: true, force: true });
});

async function load({ certificatePath, keyPath }: CertificateFiles) {
  const certificate = new X509Certificate(await readFile(certificatePath));
  return { certificate, key: createPrivateKey(await readFile(keyPath)) };
}

/** Every file of the folder with its text: equal before and after means that nothing was touched. */
async function contents(): Promise<Record<string, string>> {
  const names = await readdir(out);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(out, name), "utf8")])),
  );
}

describe("a fresh folder", () => {
  test("holds an authority that may sign leaves and nothing below them", async () => {
    const { authority } = await makeDevelopmentCertificates({ out });
    const { certificate, key } = await load(authority);
    expect(certificate.ca).toBe(true);
    expect(certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
  });

  test("holds leaves that chain to the authority, each with its own key on P-256", async () => {
    const { authority, leaves } = await makeDevelopmentCertificates({ out, servers: ["orders"], clients: ["web"] });
    const ca = (await load(authority)).certificate;
    for (const leaf of leaves) {
      const { certificate, key } = await load(leaf);
      expect(certificate.checkIssued(ca) && certificate.verify(ca.publicKey)).toBe(true);
      expect(certificate.checkPrivateKey(key)).toBe(true);
      expect(certificate.ca).toBe(false);
      expect(key.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    }
    expect(
      new Set(
        await Promise.all(
          leaves.map(async (leaf) => (await load(leaf)).certificate.publicKey.export({ type: "spki", format: "pem" })),
        ),
      ).size,
    ).toBe(2);
  });

  test("names a server by DNS, loopback and exactly one SPIFFE id, for serving only", async () => {
    const { leaves } = await makeDevelopmentCertificates({ out, servers: ["orders"], spiffeDomain: "shop" });
    const { certificate } = await load(leaves[0]!);
    expect(certificate.subjectAltName?.split(", ")).toEqual([
      "DNS:orders",
      "DNS:localhost",
      "IP Address:127.0.0.1",
      "IP Address:0:0:0:0:0:0:0:1",
      "URI:spiffe://shop/orders",
    ]);
    expect(certificate.keyUsage).toEqual([serverAuth]);
    expect(leaves[0]!.spiffeId).toBe("spiffe://shop/orders");
  });

  test("names a client by DNS and exactly one SPIFFE id, for asking only", async () => {
    const { leaves } = await makeDevelopmentCertificates({ out, clients: ["web"] });
    const { certificate } = await load(leaves[0]!);
    expect(certificate.subjectAltName).toBe("DNS:web, URI:spiffe://development/web");
    expect(certificate.keyUsage).toEqual([clientAuth]);
  });

  test("gives a name in both lists one certificate for both uses", async () => {
    const { leaves } = await makeDevelopmentCertificates({ out, servers: ["orders"], clients: ["orders"] });
    expect(leaves.map(({ name }) => name)).toEqual(["orders"]);
    expect((await load(leaves[0]!)).certificate.keyUsage).toEqual([serverAuth, clientAuth]);
  });

  test("begins a few minutes ago and ends after the days that were asked, the authority not before its leaves", async () => {
    const now = new Date("2030-03-01T12:00:00Z");
    vi.useFakeTimers({ now, toFake: ["Date"] });
    const { authority, leaves } = await makeDevelopmentCertificates({ out, days: 200 });
    for (const leaf of leaves) {
      const { certificate } = await load(leaf);
      expect(Date.parse(certificate.validFrom)).toBe(now.getTime() - 5 * 60_000);
      expect(Date.parse(certificate.validTo)).toBe(now.getTime() + 200 * dayMs);
      expect(leaf.expires.getTime()).toBe(Date.parse(certificate.validTo));
    }
    expect(authority.expires.getTime()).toBe(now.getTime() + 600 * dayMs);
  });

  test("draws serial numbers of 128 bits, none twice", async () => {
    const { authority, leaves } = await makeDevelopmentCertificates({ out, servers: ["a", "b", "c"] });
    const serials = await Promise.all(
      [authority, ...leaves].map(async (files) => (await load(files)).certificate.serialNumber),
    );
    expect(new Set(serials).size).toBe(4);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test.skipIf(process.platform === "win32")("opens keys to their owner only, and the folder too", async () => {
    const { folder, authority, leaves } = await makeDevelopmentCertificates({ out });
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(folder)).toBe("700");
    for (const { keyPath } of [authority, ...leaves]) expect(await mode(keyPath)).toBe("600");
  });

  test("is kept out of git and holds no temporary file", async () => {
    await makeDevelopmentCertificates({ out });
    expect((await readdir(out)).sort()).toEqual([
      ".gitignore",
      "ca-key.pem",
      "ca.pem",
      "client-key.pem",
      "client.pem",
      "server-key.pem",
      "server.pem",
    ]);
    expect(await readFile(join(out, ".gitignore"), "utf8")).toBe("*\n");
  });

  const openssl = spawnSync("openssl", ["version"]).error === undefined;
  test.skipIf(!openssl)(`passes openssl verify, strictly${openssl ? "" : " (skipped: no openssl here)"}`, async () => {
    const { authority, leaves } = await makeDevelopmentCertificates({ out, servers: ["orders"], clients: ["web"] });
    const [server, client] = leaves.map(({ certificatePath }) => certificatePath);
    const verify = (purpose: string, path: string) =>
      execFileSync(
        "openssl",
        ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", authority.certificatePath, path],
        {
          encoding: "utf8",
        },
      );
    expect(verify("sslserver", server!)).toBe(`${server}: OK\n`);
    expect(verify("sslclient", client!)).toBe(`${client}: OK\n`);
  });
});

describe("a second run", () => {
  test("keeps all that is still good, to the byte", async () => {
    await makeDevelopmentCertificates({ out });
    const before = await contents();
    const { authority, leaves } = await makeDevelopmentCertificates({ out });
    expect([authority, ...leaves].map(({ outcome }) => outcome)).toEqual(["kept", "kept", "kept"]);
    expect(await contents()).toEqual(before);
  });

  test("adds a client under the same authority and leaves the rest alone", async () => {
    await makeDevelopmentCertificates({ out });
    const before = await contents();
    const { authority, leaves } = await makeDevelopmentCertificates({ out, clients: ["billing"] });
    expect(await contents()).toMatchObject(before);
    expect(leaves.map(({ name, outcome }) => [name, outcome])).toEqual([["billing", "made"]]);
    expect((await load(leaves[0]!)).certificate.verify((await load(authority)).certificate.publicKey)).toBe(true);
  });

  test.each([
    { left: "more than a third", passedDays: 19, outcome: "kept" },
    { left: "less than a third", passedDays: 21, outcome: "renewed" },
  ])("with $left of a leaf's life left: it is $outcome", async ({ passedDays, outcome }) => {
    const now = Date.parse("2030-03-01T12:00:00Z");
    vi.useFakeTimers({ now, toFake: ["Date"] });
    await makeDevelopmentCertificates({ out, days: 30 });
    vi.setSystemTime(now + passedDays * dayMs);
    const { authority, leaves } = await makeDevelopmentCertificates({ out, days: 30 });
    expect(authority.outcome).toBe("kept");
    expect(leaves.map((leaf) => leaf.outcome)).toEqual([outcome, outcome]);
  });

  test("renews an authority that new leaves would outlive, and the named leaves with it", async () => {
    const now = Date.parse("2030-03-01T12:00:00Z");
    vi.useFakeTimers({ now, toFake: ["Date"] });
    await makeDevelopmentCertificates({ out, days: 30 });
    vi.setSystemTime(now + 350 * dayMs);
    const { authority, leaves } = await makeDevelopmentCertificates({ out, days: 30 });
    expect([authority, ...leaves].map(({ outcome }) => outcome)).toEqual(["renewed", "renewed", "renewed"]);
    const ca = (await load(authority)).certificate;
    for (const leaf of leaves) expect((await load(leaf)).certificate.verify(ca.publicKey)).toBe(true);
  });

  test("renews a leaf whose authority was replaced since", async () => {
    await makeDevelopmentCertificates({ out });
    await rm(join(out, "ca.pem"));
    await rm(join(out, "ca-key.pem"));
    await makeDevelopmentCertificates({ out, clients: ["other"] });
    const { authority, leaves } = await makeDevelopmentCertificates({ out, servers: ["server"] });
    expect([authority, ...leaves].map(({ outcome }) => outcome)).toEqual(["kept", "renewed"]);
    expect((await load(leaves[0]!)).certificate.verify((await load(authority)).certificate.publicKey)).toBe(true);
  });

  test("renews leaves by force and keeps the authority", async () => {
    await makeDevelopmentCertificates({ out });
    const { authority, leaves } = await makeDevelopmentCertificates({ out, force: true });
    expect([authority, ...leaves].map(({ outcome }) => outcome)).toEqual(["kept", "renewed", "renewed"]);
  });

  test("renews a leaf whose key is missing or another's, and one that says something else", async () => {
    const options = { out, servers: ["keyless", "mixed", "moved"] };
    await makeDevelopmentCertificates(options);
    await rm(join(out, "keyless-key.pem"));
    await writeFile(join(out, "mixed-key.pem"), await readFile(join(out, "moved-key.pem")));
    const { leaves } = await makeDevelopmentCertificates({
      ...options,
      servers: ["keyless", "mixed"],
      clients: ["moved"],
    });
    expect(leaves.map(({ outcome }) => outcome)).toEqual(["renewed", "renewed", "renewed"]);
    for (const leaf of leaves) {
      const { certificate, key } = await load(leaf);
      expect(certificate.checkPrivateKey(key)).toBe(true);
    }
  });
});

describe("a file that was not made here", () => {
  const foreign: readonly { what: string; file: string; text: () => Promise<string> }[] = [
    { what: "a key without a certificate", file: "server-key.pem", text: async () => "a key" },
    { what: "a file that is no certificate", file: "server.pem", text: async () => "a note" },
    { what: "an authority of another origin", file: "ca.pem", text: async () => "somebody's authority" },
    { what: "a certificate of another origin", file: "server.pem", text: makeStrangersCertificate },
  ];

  test.each(foreign)("$what stops the run before anything is written", async ({ file, text }) => {
    await makeDevelopmentCertificates({ out, clients: ["first"] });
    if (file === "ca.pem") await rm(join(out, "ca-key.pem"));
    await writeFile(join(out, file), await text());
    const before = await contents();
    await expect(makeDevelopmentCertificates({ out })).rejects.toThrow(join(out, file));
    expect(await contents()).toEqual(before);
  });

  test.each(foreign)("$what is overwritten by force", async ({ file, text }) => {
    await makeDevelopmentCertificates({ out, clients: ["first"] });
    await writeFile(join(out, file), await text());
    const { authority, leaves } = await makeDevelopmentCertificates({ out, force: true });
    const ca = (await load(authority)).certificate;
    for (const leaf of leaves) expect((await load(leaf)).certificate.verify(ca.publicKey)).toBe(true);
  });
});

async function makeStrangersCertificate(): Promise<string> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=server",
    signingAlgorithm: algorithm,
    keys,
  });
  return certificate.toString("pem");
}

describe("an option that is wrong is refused, and nothing is written", () => {
  test.each([
    { options: { days: 0 }, names: "days is 0" },
    { options: { days: 3651 }, names: "days is 3651" },
    { options: { days: 1.5 }, names: "days is 1.5" },
    { options: { spiffeDomain: "Shop/x" }, names: `"Shop/x"` },
    { options: { servers: ["../escape"] }, names: `"../escape"` },
    { options: { servers: ["Orders"] }, names: `"Orders"` },
    { options: { servers: [""] }, names: `""` },
    { options: { servers: ["10.0.0.5"] }, names: "is an address" },
    { options: { servers: ["a".repeat(65)] }, names: "at most 64" },
    { options: { clients: ["ca"] }, names: `"ca"` },
    { options: { clients: ["web-key"] }, names: `"web-key"` },
  ])("$names", async ({ options, names }) => {
    await expect(makeDevelopmentCertificates({ out, ...options })).rejects.toThrow(names);
    expect(await readdir(parent)).toEqual([]);
  });
});
