// A server in its default configuration, as strangers find it: OpenSSL's client, other protocols, noise and silence.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { connect as connectTcp } from "node:net";
import { connect } from "@tautline/rpc";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";
import { ProbeClient } from "./support/contract/probe.rpc.js";
import { expectNothingOpen, openResources, type OpenResources } from "./support/leaks.js";
import { run } from "./support/packages.js";
import { startProbeServer, type ProbeServer } from "./support/server.js";

let certificates: Certificates;
let strangers: Certificates;
beforeAll(async () => {
  [certificates, strangers] = await Promise.all([makeCertificates(), makeCertificates()]);
  await run("openssl", ["version"]).catch(() => {
    throw new Error("these tests speak to the server with OpenSSL's client: run `apt-get install openssl`");
  });
});
afterAll(() => Promise.all([certificates.remove(), strangers.remove()]));

let before: OpenResources;
let site: ProbeServer;
beforeEach(() => {
  before = openResources();
});

// Whatever it met, the server goes on serving, and keeps nothing of it.
afterEach(async () => {
  const channel = connect(site.target, { tls: certificates.client });
  expect(await new ProbeClient(channel).withdraw("a", 1)).toBe(99);
  await channel.close();
  await site.server.close();
  await expectNothingOpen(before, site.server);
});

interface Conversation {
  /** What the server said inside TLS. */
  readonly received: Buffer;
  /** What OpenSSL said of the handshake. */
  readonly report: string;
}

/** Arguments that a client of ours would use. */
function rightfully(): Record<string, string> {
  const { ca, cert, key } = certificates.client;
  return { CAfile: ca, cert, key, alpn: "tautline/1", servername: "localhost", verify_hostname: "localhost" };
}

/**
 * Runs `openssl s_client` until the connection is over. Its standard input stays open, so that it is not the one who ends,
 * unless `enough` of what it received says so.
 */
function opensslClient(
  options: Readonly<Record<string, string>>,
  {
    flags = [],
    says = "",
    enough = () => false,
  }: {
    readonly flags?: readonly string[];
    readonly says?: string;
    readonly enough?: (received: Buffer) => boolean;
  } = {},
): Promise<Conversation> {
  const named = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
  const args = ["s_client", "-connect", `127.0.0.1:${site.port}`, "-brief", "-verify_return_error", ...named, ...flags];
  return new Promise((resolve, reject) => {
    const child = spawn("openssl", args, { stdio: "pipe" });
    let received = Buffer.alloc(0);
    let report = "";
    child.on("error", reject);
    // It may be gone before it has read what it should say.
    child.stdin.on("error", () => {});
    child.stdin.write(says);
    child.stdout.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (enough(received)) child.stdin.end();
    });
    child.stderr.on("data", (chunk: Buffer) => (report += chunk.toString()));
    child.on("close", () => resolve({ received, report }));
  });
}

/** Whether the bytes begin with one whole frame. */
function isWhole(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0);
}

/** Sends bytes over TCP; resolves when the server has closed the connection. */
function overTcp(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host: "127.0.0.1", port: site.port }, () => socket.write(bytes));
    socket.resume();
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

async function expectOneReason(reason: string): Promise<void> {
  expect(await site.log.warned()).toMatchObject({ fields: { reason }, message: expect.stringMatching(/.{20}/) });
  expect(site.log.warnings).toHaveLength(1);
}

describe("a server in its default configuration", () => {
  beforeEach(async () => {
    site = await startProbeServer("tls", certificates);
  });

  // Holds PROTOCOL.md §5.1.
  it("speaks TLS 1.3 with OpenSSL's client, and says HELLO first", async () => {
    const { received, report } = await opensslClient(rightfully(), { enough: isWhole });
    expect(report).toContain("CONNECTION ESTABLISHED");
    expect(report).toContain("Protocol version: TLSv1.3");
    expect(report).toContain("Verification: OK");
    expect(received.subarray(4, 15).toString("latin1")).toBe("\u0001\0\0\0\0\0TAUT\u0001");
    expect(site.log.warnings).toEqual([]);
  });

  it("refuses a client without a certificate", async () => {
    const { cert: _cert, key: _key, ...rest } = rightfully();
    expect((await opensslClient(rest)).received).toHaveLength(0);
    await expectOneReason("peer-untrusted");
  });

  it("refuses a client with the certificate of another authority", async () => {
    const { cert, key } = strangers.client;
    expect((await opensslClient({ ...rightfully(), cert, key })).received).toHaveLength(0);
    await expectOneReason("peer-untrusted");
  });

  it("refuses a client with the certificate of a server", async () => {
    const { cert, key } = certificates.server;
    expect((await opensslClient({ ...rightfully(), cert, key })).received).toHaveLength(0);
    await expectOneReason("peer-untrusted");
  });

  // Holds PROTOCOL.md §2.2.
  it.each(["h2", "http/1.1", "tautline/2", "tautline"])("refuses a client that offers %s by ALPN", async (alpn) => {
    expect((await opensslClient({ ...rightfully(), alpn })).received).toHaveLength(0);
    await expectOneReason("alpn-mismatch");
  });

  // Holds PROTOCOL.md §2.2.
  it("refuses a client that offers no ALPN", async () => {
    const { alpn: _alpn, ...rest } = rightfully();
    expect((await opensslClient(rest)).received).toHaveLength(0);
    await expectOneReason("alpn-mismatch");
  });

  // Holds PROTOCOL.md §2.1.
  it.each(["-tls1_1", "-tls1_2"])("refuses a client with %s", async (version) => {
    // OpenSSL would not even ask with TLS 1.1 at its default security level.
    const cipher = "DEFAULT:@SECLEVEL=0";
    const { received, report } = await opensslClient({ ...rightfully(), cipher }, { flags: [version] });
    expect(received).toHaveLength(0);
    expect(report).toContain("alert protocol version");
    await expectOneReason("handshake-failed");
  });

  it("ends the connection of a verified client that speaks HTTP inside TLS", async () => {
    const { received } = await opensslClient(rightfully(), { says: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" });
    // HELLO, and GOAWAY.
    expect(received.subarray(4 + received.readUInt32BE(0)).readUInt8(4)).toBe(0x0c);
    await expectOneReason("bad-hello");
  });

  const noise = createHash("sha512").update("tautline").digest();
  it.each<[string, Buffer]>([
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
    ["HTTP/2's preface", Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")],
    ["a HELLO without TLS", Buffer.from("0000000c010000000000544155540180", "hex")],
    ["random bytes", Buffer.concat(Array.from({ length: 16 }, () => noise))],
    ["a TLS record of random bytes", Buffer.concat([Buffer.from("1603010040", "hex"), noise])],
    ["an SSH client", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n")],
    ["zeros", Buffer.alloc(4096)],
  ])("closes a connection that begins with %s", async (_, bytes) => {
    await overTcp(bytes);
    await expectOneReason("handshake-failed");
  });

  it("closes the connection of a client that leaves before TLS", async () => {
    await new Promise<void>((resolve) => {
      const socket = connectTcp({ host: "127.0.0.1", port: site.port }, () => socket.resetAndDestroy());
      socket.on("close", () => resolve());
    });
    await expectOneReason("handshake-failed");
  });
});

describe("a server with a handshake timeout of one second", () => {
  beforeEach(async () => {
    site = await startProbeServer("tls", certificates, { handshakeTimeoutMs: 1000 });
  });

  it.each<[string, Buffer]>([
    ["says nothing", Buffer.alloc(0)],
    ["stops inside its ClientHello", Buffer.from("160301020001000180", "hex")],
  ])("closes the connection of a client that %s", async (_, bytes) => {
    await overTcp(bytes);
    await expectOneReason("timeout");
  });

  it("ends the connection of a verified client that says no HELLO", async () => {
    const { received } = await opensslClient(rightfully());
    const goAway = received.subarray(4 + received.readUInt32BE(0) + 4);
    expect([goAway.readUInt8(0), goAway.readUInt8(6)]).toEqual([0x0c, 6]);
    await expectOneReason("timeout");
  });
});
