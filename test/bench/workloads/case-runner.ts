// Runs one case against one server, in the client's process. Before anything is timed, each case is checked: what comes
// back must be what was sent.
import { deepEqual, equal } from "node:assert/strict";
import { sampleBytes, sampleOrder, sampleSmall } from "../contract/sample.js";
import type { Outcome } from "../harness/protocol.js";
import type { Certificates, Client, System } from "../systems/system.js";
import { callFor, type OneCall } from "./calls.js";
import type { Case, Work } from "./case.js";
import { chunkBytes } from "./cases.js";
import { connectInTurn, holdIdle } from "./connections.js";
import { live } from "./life.js";
import { callBesideChunks, OpenStreams, readAllChunks, readAllItems, readSlowly, readTogether } from "./streams.js";

/** Thrown by `check` where a system has no natural way to do a case. */
class Unsupported extends Error {
  override readonly name = "Unsupported";
}

type CallWork = Extract<Work, { kind: "calls" }>;

const megabyte = sampleBytes(1024 * 1024);

export class CaseRunner {
  readonly #system: System;
  readonly #connect: (resume: boolean) => Promise<Client>;
  #shared: Promise<Client> | undefined;
  readonly #many: Client[] = [];
  readonly #streams = new OpenStreams();

  constructor(system: System, port: number, certificates: Certificates) {
    this.#system = system;
    this.#connect = (resume) => system.connect(port, certificates, { resume });
  }

  /** All calls and streams of a process share one connection. */
  #client(): Promise<Client> {
    return (this.#shared ??= this.#connect(false));
  }

  /** So many connections, the shared one first; those that are missing are opened, a few at once. */
  async #clients(count: number): Promise<readonly Client[]> {
    const clients = this.#many;
    if (clients.length === 0) clients.push(await this.#client());
    const open = async (): Promise<void> => {
      while (clients.length < count) clients.push(await this.#connect(false));
    };
    await Promise.all(Array.from({ length: 8 }, open));
    return clients.slice(0, count);
  }

  async #oneCall({ what, connections = 1, size = megabyte.length, streams = 0 }: CallWork): Promise<OneCall> {
    const client = await this.#client();
    if (streams > 0) await this.#streams.hold(client, streams);
    if (what === "order") return { call: present(client).echoOrder, bytes: 0 };
    if (what === "bytes") {
      const { echoBytes } = present(client);
      const sent = size === megabyte.length ? megabyte : sampleBytes(size);
      return { call: () => echoBytes(sent), bytes: 2 * size };
    }
    let id = 0;
    if (connections === 1) return { call: () => client.echoSmall(sampleSmall(++id)), bytes: 0 };
    const clients = await this.#clients(connections);
    return { call: async () => clients[++id % connections]?.echoSmall(sampleSmall(id)), bytes: 0 };
  }

  /** @returns whether the case can run */
  async check({ work }: Case): Promise<{ readonly supported: boolean }> {
    try {
      await this.#checkWork(work);
      return { supported: true };
    } catch (error) {
      if (error instanceof Unsupported) return { supported: false };
      throw error;
    }
  }

  async #checkWork(work: Case["work"]): Promise<void> {
    if (work.kind === "connections" || work.kind === "idle") {
      const resume = work.kind === "connections" && work.resume;
      if (resume && !this.#system.resumes) throw new Unsupported();
      const once = await this.#connect(resume);
      await checkSmall(once);
      return once.close();
    }
    const client = await this.#client();
    switch (work.kind) {
      case "start":
        return checkSmall(client);
      case "life":
        if (client.mishap === undefined) throw new Unsupported();
        return checkSmall(client);
      case "calls":
        if (work.what === "order") return checkOrder(client);
        if (work.what === "bytes") {
          if ((work.size ?? 0) > (this.#system.mostBytes ?? Infinity)) throw new Unsupported();
          return checkBytes(client);
        }
        if ((work.streams ?? 0) > (this.#system.mostStreams ?? 0)) throw new Unsupported();
        return checkSmall(client);
      case "busy":
        if (work.streams > (this.#system.mostStreams ?? 0)) throw new Unsupported();
        return checkItems(client);
      case "items":
        return checkItems(client);
      case "chunks":
        if (work.slow && !this.#system.paced) throw new Unsupported();
        return checkChunks(client);
      case "mixed":
        await checkSmall(client);
        return checkChunks(client);
    }
  }

  async run({ work }: Case, seconds: number, amount: number): Promise<Outcome> {
    if (work.kind === "idle") return holdIdle(() => this.#connect(false), amount);
    if (work.kind === "connections") return connectInTurn(() => this.#connect(work.resume), seconds);
    const client = await this.#client();
    switch (work.kind) {
      case "start":
        return { amount: 1, seconds: 0, figures: {} };
      case "calls":
        return callFor(await this.#oneCall(work), work.concurrency, seconds);
      case "life":
        return live(client, () => this.#connect(false), amount);
      case "items":
        return readAllItems(client, amount);
      case "busy":
        return readTogether(client, work.streams, Math.max(work.items, Math.ceil(amount / work.streams)));
      case "chunks":
        return work.slow ? readSlowly(client, amount, seconds) : readAllChunks(client, amount);
      case "mixed":
        return callBesideChunks(client, amount);
    }
  }
}

/** The client, with what it lacks as functions that say so. */
function present(client: Client): Required<Client> {
  const lacking = (): never => {
    throw new Unsupported();
  };
  return {
    echoOrder: lacking,
    echoBytes: lacking,
    readItems: lacking,
    readChunks: lacking,
    mishap: lacking,
    ...client,
  };
}

/** Every field, whatever class the system's objects are of. */
async function checkSmall(client: Client): Promise<void> {
  const sent = sampleSmall(42);
  deepEqual(plain(await client.echoSmall(sent)), plain(sent));
}

async function checkOrder(client: Client): Promise<void> {
  const received = plain(await present(client).echoOrder());
  // Protobuf numbers its enums, and some of its libraries name them their way.
  const state = String(received["state"])
    .replace(/^ORDER_STATE_/, "")
    .toLowerCase();
  deepEqual({ ...received, state: state === "2" ? "paid" : state }, plain(sampleOrder));
}

async function checkBytes(client: Client): Promise<void> {
  equal(Buffer.compare(await present(client).echoBytes(megabyte), megabyte), 0);
}

async function checkItems(client: Client): Promise<void> {
  const items: unknown[] = [];
  await present(client).readItems(3, (item) => items.push(plain(item)));
  deepEqual(
    items,
    [0, 1, 2].map((id) => plain(sampleSmall(id))),
  );
}

/** Some systems stream bytes and not chunks: all of them must be there, however they were cut. */
async function checkChunks(client: Client): Promise<void> {
  const chunks: Uint8Array[] = [];
  await present(client).readChunks(40, chunkBytes, (chunk) => void chunks.push(Uint8Array.from(chunk)));
  const expected = Array.from({ length: 40 }, () => sampleBytes(chunkBytes));
  equal(Buffer.compare(Buffer.concat(chunks), Buffer.concat(expected)), 0);
}

/** The fields as JSON has them, without those that only libraries see. */
function plain(value: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, (key, each: unknown) => (key.startsWith("$") ? undefined : each))) as Record<
    string,
    unknown
  >;
}
