import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connectTls, reloadTls, type TlsEvent, type TlsOptions } from "../dist/index.js";
import { makeAuthority, type Leaf } from "./support/certificates.js";
import { alpn, authority, clientLeaf, clientTls, framing, listen, serverTls } from "./support/tls.js";
import { accept, readAll } from "./support/transports.js";

const serverLeafOf = (commonName: string): Promise<Leaf> =>
  authority.issue({ commonName, dns: ["localhost"], ip: ["127.0.0.1"] });

/** The first event of a kind; what both ends take as `onTls`. */
function nextEvent(kind: TlsEvent["kind"]): { onTls: (event: TlsEvent) => void; told: Promise<TlsEvent> } {
  let tell: (event: TlsEvent) => void = () => {};
  const told = new Promise<TlsEvent>((resolve) => (tell = resolve));
  return { onTls: (event) => void (event.kind === kind && tell(event)), told };
}

async function open(...args: Parameters<typeof listen>): ReturnType<typeof listen> {
  const server = await listen(...args);
  onTestFinished(() => server.listener.close());
  return server;
}

const connect = (port: number, tls: TlsOptions = clientTls, onTls?: (event: TlsEvent) => void) =>
  connectTls({ host: "127.0.0.1", port, tls, framing, alpn, onTls });

async function inFiles(leaf: Leaf): Promise<{ options: Required<Pick<TlsOptions, "ca">> & Leaf; path: string }> {
  const path = await mkdtemp(join(tmpdir(), "tautline-"));
  onTestFinished(() => rm(path, { recursive: true }));
  const options = { ca: authority.cert, cert: join(path, "tls.crt"), key: join(path, "tls.key") };
  await replace(options, leaf);
  return { options, path };
}

async function replace(files: Leaf, leaf: Leaf): Promise<void> {
  for (const part of ["cert", "key"] as const) {
    await writeFile(`${files[part]}.new`, leaf[part]);
    await rename(`${files[part]}.new`, files[part]);
  }
}

test("a server that is given other certificates shows them to new clients, and the open connection goes on", async () => {
  const { listener, port } = await open();
  const before = await connect(port);
  const far = await accept(listener);
  await listener.reload({ ...serverTls, ...(await serverLeafOf("second")) });
  const after = await connect(port);
  expect(after.peer.tls?.certificate?.subject).toBe("CN=second");
  expect(after.peer.tls?.resumed).toBe(false);
  const afterFar = await accept(listener);
  far.send(Buffer.from("still here"));
  void far.close();
  expect(await readAll(before)).toEqual({ texts: ["still here"], error: undefined });
  await Promise.all([before.close(), after.close(), afterFar.close()]);
});

test("a set that cannot be used is refused, told, and changes nothing", async () => {
  const { onTls, told } = nextEvent("reload-failed");
  const { listener, port } = await open(serverTls, { onTls });
  const mixed = { ...serverTls, key: (await serverLeafOf("second")).key };
  await expect(listener.reload(mixed)).rejects.toMatchObject({
    code: "bad-option",
    message: expect.stringContaining("is not the key of tls.cert"),
  });
  expect(await told).toMatchObject({ error: { code: "bad-option" } });
  await expect(listener.reload({ ...serverTls, clientCertificate: "none" })).rejects.toMatchObject({
    message: expect.stringContaining("cannot change while the server listens"),
  });
  // Without an authority node:tls would trust all public ones.
  await expect(listener.reload({ ...serverTls, ca: undefined })).rejects.toMatchObject({ code: "bad-option" });
  const client = await connect(port);
  expect(client.peer.tls?.certificate?.subject).toBe("CN=server");
  const far = await accept(listener);
  await Promise.all([client.close(), far.close()]);
});

test("a server sees by itself that its files changed", async () => {
  const { options } = await inFiles(await serverLeafOf("first"));
  const { onTls, told } = nextEvent("reloaded");
  const { listener, port } = await open(options, { onTls });
  await replace(options, await serverLeafOf("second"));
  expect(await told).toMatchObject({ previous: { subject: "CN=first" }, current: { subject: "CN=second" } });
  const client = await connect(port);
  expect(client.peer.tls?.certificate?.subject).toBe("CN=second");
  const far = await accept(listener);
  await Promise.all([client.close(), far.close()]);
});

test("a client with an open connection sees by itself that its files changed, and shows the new ones next", async () => {
  const { listener, port } = await open();
  const { options } = await inFiles(await authority.issue({ commonName: "first" }));
  const { onTls, told } = nextEvent("reloaded");
  const first = await connect(port, options, onTls);
  const firstFar = await accept(listener);
  await replace(options, await authority.issue({ commonName: "second" }));
  expect(await told).toMatchObject({ current: { subject: "CN=second" } });
  const second = await connect(port, options);
  const secondFar = await accept(listener);
  expect(firstFar.peer.tls?.certificate?.subject).toBe("CN=first");
  expect(secondFar.peer.tls?.certificate?.subject).toBe("CN=second");
  await Promise.all([first.close(), firstFar.close(), second.close(), secondFar.close()]);
});

test("a client reloads by a call, and keeps what it had where the files are wrong", async () => {
  const { listener, port } = await open();
  const { options } = await inFiles(clientLeaf);
  const visit = async (): Promise<string | undefined> => {
    const client = await connect(port, options);
    const far = await accept(listener);
    await Promise.all([client.close(), far.close()]);
    return far.peer.tls?.certificate?.subject;
  };
  expect(await visit()).toBe("CN=client");
  await replace(options, await authority.issue({ commonName: "renewed" }));
  await reloadTls(options);
  expect(await visit()).toBe("CN=renewed");
  await writeFile(options.key, "no key");
  await expect(reloadTls(options)).rejects.toMatchObject({ code: "bad-option" });
  expect(await visit()).toBe("CN=renewed");
});

test("a client whose certificate is revoked gets in no more, by its session as little", async () => {
  const revoked = await authority.issue({ commonName: "revoked" });
  const tls = { ca: authority.cert, ...revoked };
  const { listener, port, nextRefusal } = await open({ ...serverTls, crl: await authority.revoke() });
  for (const resumed of [false, true]) {
    const client = await connect(port, tls);
    const far = await accept(listener);
    far.send(Buffer.from("welcome"));
    void far.close();
    expect((await readAll(client)).texts).toEqual(["welcome"]);
    expect(client.peer.tls?.resumed).toBe(resumed);
    await client.close();
  }
  await listener.reload({ ...serverTls, crl: await authority.revoke([revoked]) });
  const client = await connect(port, tls);
  expect((await readAll(client)).error).toMatchObject({ code: "refused-by-peer" });
  expect((await nextRefusal()).error).toMatchObject({
    code: "peer-untrusted",
    message: expect.stringContaining("was revoked"),
  });
});

test("a hundred reloads lose no connection", async () => {
  const { listener, port } = await open();
  const client = await connect(port);
  const far = await accept(listener);
  const leaves = [await serverLeafOf("even"), await serverLeafOf("odd")];
  for (let round = 0; round < 100; round++) {
    const leaf = leaves[round % 2];
    if (leaf !== undefined) await listener.reload({ ...serverTls, ...leaf });
  }
  client.send(Buffer.from("through"));
  void client.close();
  expect((await readAll(far)).texts).toEqual(["through"]);
  await far.close();
  const after = await connect(port);
  expect(after.peer.tls?.certificate?.subject).toBe("CN=odd");
  const last = await accept(listener);
  await Promise.all([after.close(), last.close()]);
});

test("a client whose handshake is under way while its authority is removed does not get in", async () => {
  const leaving = await makeAuthority("leaving");
  const { listener, port } = await open(
    { ...serverTls, ca: [authority.cert, leaving.cert] },
    { handshakeTimeoutMs: 2 ** 31 - 1 },
  );
  const raw = connectTcp({ host: "127.0.0.1", port });
  const closed = new Promise((resolve) => raw.once("close", resolve));
  raw.on("error", () => {}).resume();
  await new Promise((resolve) => raw.once("connect", resolve));
  // Accepted after the silent one, whose handshake has begun by now.
  const client = await connect(port);
  const far = await accept(listener);
  await listener.reload(serverTls);
  await closed;
  await Promise.all([client.close(), far.close()]);
});

test("a client whose handshake is under way while the server's authority is removed does not connect", async () => {
  const leaving = await makeAuthority("leaving");
  const leaf = await leaving.issue({ commonName: "server", dns: ["localhost"], ip: ["127.0.0.1"] });
  const { port } = await open({ ...serverTls, ...leaf });
  const { options } = await inFiles(clientLeaf);
  const tls = { ...options, ca: join(options.cert, "../ca.crt") };
  await writeFile(tls.ca, [authority.cert, leaving.cert].join(""));

  const gate = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void gate.close());
  await once(gate, "listening");
  const connecting = connect((gate.address() as AddressInfo).port, tls);
  const [near] = (await once(gate, "connection")) as [Socket];
  await writeFile(tls.ca, authority.cert);
  await reloadTls(tls);
  const far = connectTcp({ host: "127.0.0.1", port });
  near.pipe(far).pipe(near);
  await expect(connecting).rejects.toMatchObject({
    code: "handshake-failed",
    message: expect.stringContaining("changed while the handshake"),
  });
});
