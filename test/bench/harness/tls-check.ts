// Whether a server speaks what all of them should: asked by a client that would rather have another suite.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";

const protocol = "TLSv1.3";
const cipher = "TLS_AES_128_GCM_SHA256";

/** @throws Error where a connection to the server is not of the one protocol and suite that all systems are measured with */
export async function checkTls(port: number, certificates: string): Promise<void> {
  const pem = (name: string): Buffer => readFileSync(join(certificates, `${name}.pem`));
  const socket = tls.connect({
    host: "localhost",
    port,
    ca: pem("ca"),
    cert: pem("client"),
    key: pem("client-key"),
    ciphers: `TLS_AES_256_GCM_SHA384:${cipher}`,
    ALPNProtocols: ["tautline/1", "h2", "http/1.1"],
  });
  try {
    await once(socket, "secureConnect");
    const [spoken, suite] = [socket.getProtocol(), socket.getCipher().standardName];
    if (spoken !== protocol || suite !== cipher) throw new Error(`it speaks ${spoken} with ${suite}`);
  } finally {
    socket.on("error", () => {});
    socket.destroy();
  }
}
