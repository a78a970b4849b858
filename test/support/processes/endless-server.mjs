// A process that never stops sending: frames on a TLS transport, or items of a call. Tells its port, then every 100 ms what
// its memory is and how much the operating system has taken.
import { lengthPrefixed, listenTls } from "@tautline/core";
import { serve } from "@tautline/rpc";
import { endlessService } from "./endless-service.mjs";
import { reportMemory } from "./memory.mjs";

const [kind, folder] = process.argv.slice(2);
const tls = { ca: `${folder}/ca.pem`, cert: `${folder}/server.pem`, key: `${folder}/server-key.pem` };
const chunk = Buffer.alloc(64 * 1024, 7);
let sent = 0;
const listening = ({ port }) => {
  process.send?.({ port });
  reportMemory(() => ({ sent }));
};

if (kind === "transport") {
  const listener = await listenTls({
    host: "127.0.0.1",
    port: 0,
    tls,
    alpn: "endless",
    framing: lengthPrefixed({ maxFrameBytes: 1 << 20 }),
  });
  listening(listener.address);
  for await (const transport of listener) {
    for (;;) {
      sent += chunk.length;
      if (!transport.send(chunk)) await transport.drained();
    }
  }
} else {
  const handlers = {
    async *read() {
      for (;;) {
        sent += chunk.length;
        yield chunk;
      }
    },
  };
  const server = await serve({
    host: "127.0.0.1",
    port: 0,
    tls,
    logger: false,
    services: [endlessService.handle(handlers)],
  });
  listening(server.address);
}
