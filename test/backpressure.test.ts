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
/** Reports that are compared. */
const reports = 40;

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

/** The next so many messages. */
function collect<Message>(child: ChildProcess, count: number): Promise<Message[]> {
  return new Promise((resolve, reject) => {
    const seen: Message[] = [];
    const onExit = (code: number | null, signal: string | null): void =>
      reject(new Error(`the process ended: ${code ?? signal}`));
    const onMessage = (message: Message): void => {
      seen.push(message);
      if (seen.length < count) return;
      child.off("exit", onExit).off("message", onMessage);
      resolve(seen);
    };
    child.on("exit", onExit).on("message", onMessage);
  });
}

function stop(child: ChildProcess): Promise<unknown> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.removeAllListeners("message").kill("SIGKILL");
  return ended;
}

/** How much more the last ten reports have, at the least, than the first ten. */
function growth(seen: readonly Report[], what: "rss" | "live"): number {
  const lowest = (some: readonly Report[]): number => Math.min(...some.map((report) => report[what]));
  return lowest(seen.slice(-10)) - lowest(seen.slice(0, 10));
}

// The kernel's buffers of both sockets, on loopback, lie between the two: up to 6 MiB and 4 MiB.
test.each([
  ["transport", 12 * mebibyte],
  ["call", mebibyte],
])("an endless sender against a reader of 1 MiB/s leaves both processes' memory flat: %s", async (kind, between) => {
  const folder = certificates.server.ca.replace(/\/[^/]+$/, "");
  const server = start("endless-server", kind, folder);
  try {
    const [ready] = await collect<{ readonly port: number }>(server, 1);
    const reader = start("slow-reader", kind, folder, String(ready?.port));
    try {
      // Else what it tells meanwhile would be kept for who listens next.
      server.on("message", () => {});
      // Until then an end may hold no connection yet, or compile what it needs for one: how long that takes is the machine's.
      let read = 0;
      while (read < 2 * mebibyte) read = (await collect<Report>(reader, 1))[0]?.read ?? 0;
      const [sender, slow] = await Promise.all([collect<Report>(server, reports), collect<Report>(reader, reports)]);
      read = slow.at(-1)?.read ?? 0;
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
