import { once } from "node:events";
import type { AddressInfo } from "node:net";
import * as tls from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { connectTls, type Transport } from "../dist/index.js";
import { alpn, authority, clientLeaf, clientTls, framing, listen, serverTls } from "./support/tls.js";
import { accept, readAll } from "./support/transports.js";

/** Sends a frame with a record of TLS for each of its bytes, and holds up the loop behind it, until the other end leaves. */
async function flood(socket: tls.TLSSocket): Promise<void> {
  const frame = Buffer.alloc(8_004);
  frame.writeUInt32BE(8_000);
  socket.on("error", () => {});
  socket.resume();
  socket.setNoDelay(true);
  while (!socket.destroyed) {
    for (let at = 0; at < frame.length && !socket.destroyed; at++) {
      // What is written while another byte is under way would share one.
      await new Promise((written) => socket.write(frame.subarray(at, at + 1), written));
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
  }
}

/** Closes it then. */
async function endOf(transport: Transport<Uint8Array>): Promise<unknown> {
  const { error } = await readAll(transport);
  await transport.close();
  return error;
}

test("a client that keeps a server busy with records of a byte is refused", async () => {
  const { listener, port } = await listen();
  onTestFinished(() => listener.close());
  const socket = tls.connect({ host: "127.0.0.1", port, ca: authority.cert, ...clientLeaf, ALPNProtocols: [alpn] });
  await once(socket, "secureConnect");
  const far = await accept(listener);
  const [error] = await Promise.all([endOf(far), flood(socket)]);
  expect(error).toMatchObject({ code: "flooded", message: expect.stringContaining("busy with TLS") });
});

test("a server that keeps a client busy with records of a byte is refused", async () => {
  const server = tls.createServer({ ...serverTls, requestCert: true, ALPNProtocols: [alpn] });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const guest = once(server, "secureConnection") as Promise<[tls.TLSSocket]>;
  const client = await connectTls({ host: "127.0.0.1", port, tls: clientTls, framing, alpn });
  const [socket] = await guest;
  const [error] = await Promise.all([endOf(client), flood(socket)]);
  expect(error).toMatchObject({ code: "flooded", message: expect.stringContaining("busy with TLS") });
});
