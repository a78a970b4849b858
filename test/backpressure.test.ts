import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificates, type Certificates } from "./support/certificates.js";

/** What a process tells of itself, every 100 ms. */
interface Report {
  readonly rss: number;
  /** Heap and buffers after a collection. */
  readonly live: number;
  readonly sent?: number;
  readonly read?: number;
}

const mebibyte = 1024 * 1024;
/** Reports that are compared: the first 20 are for warming up. */
const warmUp = 20;
const reports = 60;

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});
afterAll(() => certificates.remove());

function start(name: string, ...args: string[]): ChildProcess {
  // A small old space: what is not flat shows itself, or ends the process.
  // SIGKILL on stop: the sender's loop has no end.
  return fork(fileURLToPath(new URL(`support/processes/${name}.mjs`, import.meta.url)), args, {
    execArgv: ["--max-old-space-size=128", "--expose-gc"],
  });
}

function collect(child: ChildProcess, count: number): Promise<Report[]> {
  return new Promise((resolve, reject) => {
    const seen: Report[] = [];
    child.on("exit", (code, signal) => reject(new Error(`the process ended: ${code ?? signal}`)));
    child.on("message", (message) => {
      seen.push(message as Report);
      if (seen.length === count) resolve(seen);
    });
  });
}

function stop(child: ChildProcess): Promise<unknown> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.removeAllListeners("message").kill("SIGKILL");
  return ended;
}

/** How much more the last ten reports have, at the least, than the first ten after warming up. */
function growth(seen: readonly Report[], what: "rss" | "live"): number {
  const lowest = (some: readonly Report[]): number => Math.min(...some.map((report) => report[what]));
  return lowest(seen.slice(-10)) - lowest(seen.slice(warmUp, warmUp + 10));
}

// The kernel's buffers of both sockets, on loopback, lie between the two: up to 6 MiB and 4 MiB.
test.each([
  ["transport", 12 * mebibyte],
  ["call", mebibyte],
])("an endless sender against a reader of 1 MiB/s leaves both processes' memory flat: %s", async (kind, between) => {
  const folder = certificates.server.ca.replace(/\/[^/]+$/, "");
  const server = start("endless-server", kind, folder);
  try {
    const [{ port }] = (await collect(server, 1)) as unknown as [{ port: number }];
    const reader = start("slow-reader", kind, folder, String(port));
    try {
      const [sender, slow] = await Promise.all([collect(server, reports), collect(reader, reports)]);
      const read = slow.at(-1)?.read ?? 0;
      expect(read).toBeGreaterThan(mebibyte);
      expect((sender.at(-1)?.sent ?? 0) - read).toBeLessThan(between + mebibyte);
      for (const end of [sender, slow]) {
        expect(growth(end, "live")).toBeLessThan(mebibyte / 2);
        // Unheld, the sender would have passed hundreds of MiB by now.
        expect(growth(end, "rss")).toBeLessThan(16 * mebibyte);
      }
    } finally {
      await stop(reader);
    }
  } finally {
    await stop(server);
  }
});
