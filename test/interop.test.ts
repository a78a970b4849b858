// A client in another language, written from PROTOCOL.md alone, calls a server of ours in every shape.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";
import { probeService } from "./support/contract/probe.rpc.js";
import { expectNothingOpen, openResources } from "./support/leaks.js";
import { run } from "./support/packages.js";
import { startProbeServer } from "./support/server.js";

/** Debian's own: msgpack is one of its packages, and not of another Python on the PATH. */
const python = "/usr/bin/python3";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
  const { code } = await run(python, ["-c", "import msgpack, ssl"]).catch(() => ({ code: 1 }));
  if (code !== 0) {
    throw new Error(`${python} with msgpack is missing: run \`apt-get install python3 python3-msgpack\``);
  }
});
afterAll(() => certificates.remove());

it("a client in Python, written from PROTOCOL.md, calls every shape over mutual TLS, and needs no fingerprints", async () => {
  const before = openResources();
  // Which a client has to look at: it cuts where we say.
  const site = await startProbeServer("tls", certificates, { limits: { maxFrameBytes: 16_384 } });
  let drained: Promise<void> | undefined;
  const { ca, cert, key } = certificates.client;
  const { code, lines, complaints } = await talk([String(site.port), ca, cert, key], (line) => {
    if (line === "drain") drained = site.server.drain();
  });

  expect({ code, complaints }).toEqual({ code: 0, complaints: "" });
  expect(JSON.parse(lines.at(-1) ?? "")).toEqual({
    agent: expect.stringMatching(/^tautline\//),
    services: { Probe: expect.stringMatching(/^[0-9a-f]{16}$/) },
    methods: Object.fromEntries([...probeService.methods.keys()].map((name) => [name, 16])),
    "same parcel": true,
    metadata: { trace: "t-1", token: String.raw`b'\xff'` },
    trailers: { "end-trace": "t-1", "end-token": String.raw`b'\xff'` },
    "same large parcel": true,
    "time left": expect.any(Number),
    "time left without a deadline": null,
    deadline: 4,
    left: 70,
    "declared error": { code: 9, error: "Overdrawn", fields: { account: "savings", missing: 30 }, executed: "yes" },
    "unknown method": { code: 12, executed: "no" },
    blocks: { count: 64, bytes: 1_280_000 },
    tally: { label: "parts", parts: 4, bytes: 350_003 },
    shouted: ["ONE", "TWO"],
    noted: "remember me",
    cancelled: { code: 1, message: expect.stringContaining("changed my mind") },
    pong: "12345678",
    "credit returned": true,
    "no new calls": true,
    "while draining": ["DURING"],
    goaway: 0,
  });
  // The drain has closed the server: it waited for the call that was open, and for nothing else.
  await drained;
  expect(site.log.warnings).toEqual([]);
  await expectNothingOpen(before, site.server);
});

interface Talk {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly complaints: string;
}

/** Runs the Python program to its end; `heard` gets each line as it is said. */
function talk(args: readonly string[], heard: (line: string) => void): Promise<Talk> {
  const program = fileURLToPath(new URL("interop/probe.py", import.meta.url));
  return new Promise((resolve, reject) => {
    // -B: no compiled files beside the sources.
    const child = spawn(python, ["-B", program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    let rest = "";
    let complaints = "";
    child.on("error", reject);
    child.stdout.on("data", (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        heard(line);
      }
    });
    child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
    child.on("close", (code) => resolve({ code, lines, complaints }));
  });
}
