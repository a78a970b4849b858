// A short run of the fuzzer, `pnpm fuzz`: the same conversations each time. What must not happen is told by the run itself.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { fuzz } from "./fuzz/run.js";
import { SentBytes } from "./fuzz/sent.js";
import { Random } from "./fuzz/random.js";
import { ClientFrames } from "./fuzz/client-frames.js";
import { faultOf, Talker } from "./fuzz/talker.js";
import { goAway, hello } from "./support/raw-frame.js";
import { expectNothingOpen, openResources } from "./support/leaks.js";

it("no conversation brings a server or a client down, silences it, or is left without a reason", async () => {
  const before = openResources();
  const report = await fuzz({ frames: 10_000, seed: 1 });
  expect(report.failures).toEqual([]);
  // It went deep and it went wrong, on both sides: neither is what all of them are.
  for (const of of ["server", "client"] as const) {
    expect(report.outcomes[of]["answers"], of).toBeGreaterThan(10);
    expect(report.outcomes[of]["protocol-error"], of).toBeGreaterThan(10);
  }
  await expectNothingOpen(before);
});

it("who leaves without a word is at fault, but for a client that says nothing at all", async () => {
  const left = async (role: "client" | "server", words: Buffer): Promise<string | undefined> => {
    const listener = createServer((socket) => socket.end(words)).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const socket = connect((listener.address() as AddressInfo).port, "127.0.0.1");
    const talker = new Talker(role, socket, new Random(1));
    const fault = faultOf(await talker.ask(), talker);
    await talker.leave();
    listener.close();
    return fault;
  };
  expect(await left("client", Buffer.alloc(0))).toMatch(/without a reason/);
  expect(await left("client", hello())).toMatch(/without a reason/);
  expect(await left("server", hello())).toMatch(/without a reason/);
  expect(await left("server", Buffer.alloc(0))).toBeUndefined();
  expect(await left("server", Buffer.concat([hello(), goAway("timeout")]))).toBeUndefined();
});

it("a seed gives the same frames again, and another one others", () => {
  const said = (seed: number): string => {
    const frames = new ClientFrames(new Random(seed), 0.1);
    return Buffer.concat(Array.from({ length: 50 }, () => frames.next())).toString("hex");
  };
  expect(said(7)).toBe(said(7));
  expect(said(7)).not.toBe(said(8));
});

it("a client that does nothing wrong is a client of the protocol: each frame of it is whole", () => {
  const frames = new ClientFrames(new Random(3), 0);
  const sent = new SentBytes();
  for (let count = 1; count <= 500; count++) {
    sent.add(frames.next());
    expect([sent.frames, sent.missing]).toEqual([count, 0]);
  }
  expect(sent.saysGoodbye).toBe(false);
});

it.each([[], ["--target", "decoder"]])("the command runs by itself, and tells what it did: %j", async (...target) => {
  const run = fileURLToPath(new URL("fuzz/run.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [run, "--runs", "600", "--seed", "1", ...target]);
  expect(stdout).toMatch(/: 0 failed\n$/);
});
