// The server's process: `node dist/server.js <root> <certificates> [port]`. Ends by SIGTERM, or with the process that
// started it.
import { join } from "node:path";
import { serve } from "@tautline/rpc";
import { DepotService } from "./depot-service.js";
import { depotService } from "./depot.rpc.js";
import { Storage } from "./storage.js";

const [root, certificates, port = "7443"] = process.argv.slice(2);
if (root === undefined || certificates === undefined) throw new Error("usage: server.js <root> <certificates> [port]");

const server = await serve({
  host: "127.0.0.1",
  port: Number(port),
  tls: {
    ca: join(certificates, "ca.pem"),
    cert: join(certificates, "depot.pem"),
    key: join(certificates, "depot-key.pem"),
  },
  services: [depotService.handle(new DepotService(await Storage.open(root)))],
});

const stop = (): void => {
  process.off("disconnect", stop);
  // Without the channel to its parent, nothing but the server keeps the process alive.
  if (process.connected) process.disconnect();
  void server.drain({ graceMs: 5000 });
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
process.once("disconnect", stop);
process.send?.({ port: server.address.port });
