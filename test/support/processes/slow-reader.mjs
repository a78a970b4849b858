// A process that reads 1 MiB/s of what an endless server sends: a chunk of 64 KiB each 62.5 ms. Tells every 100 ms what
// its memory is and how much it has read.
import { connectTls, lengthPrefixed } from "@tautline/core";
import { connect } from "@tautline/rpc";
import { readMethod } from "./endless-service.mjs";
import { reportMemory } from "./memory.mjs";

const [kind, folder, port] = process.argv.slice(2);
const tls = { ca: `${folder}/ca.pem`, cert: `${folder}/client.pem`, key: `${folder}/client-key.pem` };
let read = 0;
reportMemory(() => ({ read }));

async function take(bytes) {
  read += bytes.length;
  await new Promise((resolve) => setTimeout(resolve, bytes.length / ((1024 * 1024) / 1000)));
}

if (kind === "transport") {
  const framing = lengthPrefixed({ maxFrameBytes: 1 << 20 });
  const transport = await connectTls({ host: "localhost", port: Number(port), tls, alpn: "endless", framing });
  for await (const payloads of transport) for (const payload of payloads) await take(payload);
} else {
  const channel = connect(`tautline://localhost:${port}`, { tls });
  for await (const bytes of channel.serverStream(readMethod, [])) await take(bytes);
}
