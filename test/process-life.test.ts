// A process lives as long as its calls and no longer: neither an idle channel nor a pause between attempts decides.
import { fileURLToPath } from "node:url";
import { serve, type Server } from "@tautline/rpc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./support/packages.js";
import { endlessService } from "./support/processes/endless-service.mjs";

const program = fileURLToPath(new URL("support/processes/client-life.mjs", import.meta.url));
let server: Server;
let target = "";

beforeAll(async () => {
  const handlers = {
    async *read() {
      for (;;) yield new Uint8Array(10);
    },
  };
  server = await serve({
    insecure: true,
    host: "127.0.0.1",
    port: 0,
    logger: false,
    services: [endlessService.handle(handlers)],
  });
  target = `tcp://127.0.0.1:${server.address.port}`;
});
afterAll(() => server.close());

test("an idle channel that nobody closed lets the process end", async () => {
  const { code, stdout, stderr } = await run(process.execPath, [program, target, "idle"]);
  expect({ code, stderr, last: stdout.trim().split("\n").at(-1) }).toEqual({ code: 0, stderr: "", last: "10" });
});

test("a call that waits for a connection keeps the process alive until its deadline", async () => {
  const gone = await serve({ insecure: true, host: "127.0.0.1", port: 0, logger: false, services: [] });
  await gone.close();
  const { code, stdout, stderr } = await run(process.execPath, [
    program,
    `tcp://127.0.0.1:${gone.address.port}`,
    "waiting",
  ]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "unavailable\ndeadline-exceeded\n", stderr: "" });
});
