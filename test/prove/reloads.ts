// Certificates that are replaced a thousand times under load, and an authority that is removed while its clients are
// connected: nobody loses a call, and nobody stays who should not.
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { connect, serve, silentLogger, type Server } from "@tautline/rpc";
import { certificatesIn, pemOf, type TlsFiles } from "../support/certificates.js";
import { ProbeClient, probeService } from "../support/contract/probe.rpc.js";
import { ProbeDesk } from "../support/server.js";
import type { Proof, Result } from "./proof.js";

const reloads = 1000;
const pauseMs = 5;
/** Clients that keep a connection, and such that make a new one for each call. */
const lasting = 8;
const fleeting = 2;

export const proveReloads = {
  about: `${reloads} reloads while ${lasting} clients call over one connection each and ${fleeting} over a new one each time`,
  async run(scale) {
    const folder = await mkdtemp(join(tmpdir(), "tautline-prove-"));
    try {
      return await proveIn(folder, Math.ceil(reloads * scale));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
} satisfies Proof;

async function proveIn(folder: string, count: number): Promise<readonly Result[]> {
  const [even, odd, client] = await certificatesIn(join(folder, "ours"), ["even", "odd"], ["client"]);
  const [stranger] = await certificatesIn(join(folder, "theirs"), [], ["stranger"]);
  if (even === undefined || odd === undefined || client === undefined || stranger === undefined)
    throw new Error("four certificates were asked for");
  const bundle = join(folder, "authorities.pem");
  await writeFile(bundle, (await readFile(even.ca, "utf8")) + (await readFile(stranger.ca, "utf8")));
  const server = await serve({
    port: 0,
    host: "127.0.0.1",
    tls: { ...even, ca: bundle },
    logger: silentLogger,
    services: [probeService.handle(new ProbeDesk())],
  });
  try {
    const load = new Load(server, client);
    for (let round = 0; round < count; round++) {
      await server.reloadTls({ ...(round % 2 === 0 ? odd : even), ca: bundle });
      await sleep(pauseMs);
    }
    const { calls, connections, failures } = await load.stop();
    const lost = failures.length === 0 ? "none" : `${failures.length}, the first: ${failures[0]}`;
    return [
      {
        goal: `${count} reloads under load lose no call`,
        measured: `lost: ${lost}; ${calls} calls, ${connections} connections made meanwhile`,
        holds: failures.length === 0 && calls > 0,
      },
      await proveLockOut(server, { bundle, ours: even.ca, stranger: { ...stranger, ca: even.ca } }),
    ];
  } finally {
    await server.close();
  }
}

/** The bundle is replaced on disk: nobody tells the server. */
async function proveLockOut(
  server: Server,
  { bundle, ours, stranger }: { readonly bundle: string; readonly ours: string; readonly stranger: TlsFiles },
): Promise<Result> {
  const channel = connect(targetOf(server), { tls: stranger });
  await new ProbeClient(channel).withdraw("a", 1);
  const ended = new ProbeClient(channel).wait().then(
    () => Infinity,
    () => performance.now(),
  );
  const { session } = await visit(server, stranger);
  const resumes = (await visit(server, stranger, session)).isLetIn;
  const startedAt = performance.now();
  await copyFile(ours, bundle);
  while ((await visit(server, stranger, session)).isLetIn) continue;
  while ((await visit(server, stranger)).isLetIn) continue;
  const lockedOutMs = performance.now() - startedAt;
  const endedMs = (await ended) - startedAt;
  await channel.close();
  return {
    goal: "a removed authority is locked out within 1 s, resumption included, and its open connections end",
    measured: `new and resumed connections refused after ${lockedOutMs.toFixed(0)} ms, the open one ended after ${endedMs.toFixed(0)} ms`,
    holds: resumes && lockedOutMs <= 1000 && endedMs <= 1000,
  };
}

/** Calls without a pause until it is stopped. */
class Load {
  #isRunning = true;
  #calls = 0;
  #connections = 0;
  readonly #failures: string[] = [];
  readonly #clients: readonly Promise<void>[];

  constructor(server: Server, tls: TlsFiles) {
    const keep = async (): Promise<void> => {
      const channel = this.#connect(server, tls);
      while (this.#isRunning) await this.#call(channel);
      await channel.close();
    };
    const renew = async (): Promise<void> => {
      while (this.#isRunning) {
        const channel = this.#connect(server, tls);
        await this.#call(channel);
        await channel.close();
      }
    };
    this.#clients = [...Array.from({ length: lasting }, keep), ...Array.from({ length: fleeting }, renew)];
  }

  async stop(): Promise<{ calls: number; connections: number; failures: readonly string[] }> {
    this.#isRunning = false;
    await Promise.all(this.#clients);
    return { calls: this.#calls, connections: this.#connections, failures: this.#failures };
  }

  #connect(server: Server, tls: TlsFiles): ReturnType<typeof connect> {
    this.#connections++;
    return connect(targetOf(server), { tls });
  }

  async #call(channel: ReturnType<typeof connect>): Promise<void> {
    try {
      await new ProbeClient(channel).withdraw("a", 1);
      this.#calls++;
    } catch (error) {
      this.#failures.push(String(error));
    }
  }
}

/** One connection of node:tls alone, with a session to resume: whether the server speaks to it. */
async function visit(
  server: Server,
  files: TlsFiles,
  session?: Buffer,
): Promise<{ readonly isLetIn: boolean; readonly session: Buffer | undefined }> {
  const socket = connectTls({
    host: "127.0.0.1",
    port: server.address.port ?? 0,
    servername: "localhost",
    ALPNProtocols: ["tautline/1"],
    ...pemOf(files),
    ...(session === undefined ? {} : { session }),
  });
  let isLetIn = false;
  let given: Buffer | undefined;
  socket.on("error", () => {});
  socket.on("session", (ticket: Buffer) => (given = ticket));
  socket.once("data", () => {
    isLetIn = true;
    setImmediate(() => socket.destroy());
  });
  await new Promise((resolve) => socket.once("close", resolve));
  return { isLetIn, session: given };
}

function targetOf({ address }: Server): string {
  return `tautline://localhost:${address.port}`;
}
