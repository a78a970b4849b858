// The handlers of the depot: who may do what, and which change is told to whom. Files are storage.ts's.
import { Allow, Limit, RpcError, Service, type CallContext } from "@tautline/rpc";
import { Changes } from "./changes.js";
import { namesOf } from "./depot-path.js";
import type { Change, Claim, Entry, Match, Query, Stored, Verdict } from "./depot.js";
import { depotService, NoSuchFileError, type DepotHandlers } from "./depot.rpc.js";
import { linesWith } from "./search.js";
import type { Storage } from "./storage.js";

/** Serves one storage. Whoever has a certificate of the depot's domain may read; only the keeper changes anything. */
@Service(depotService)
@Allow("spiffe://depot.example/*")
export class DepotService implements DepotHandlers {
  readonly #storage: Storage;
  readonly #changes = new Changes();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  list(folder: string): Promise<Entry[]> {
    return this.#storage.list(folder);
  }

  stat(path: string): Promise<Entry> {
    return this.#storage.stat(path);
  }

  async arrival(path: string, { signal, draining }: CallContext): Promise<Entry> {
    // Watched first: what arrives between looking and waiting is not missed.
    using changes = this.#changes.watch(path, [signal, draining]);
    const there = await this.#storage.stat(path).catch(unlessMissing);
    if (there !== undefined) return there;
    for await (const { kind } of changes) {
      if (kind === "stored" || kind === "grown") return await this.#storage.stat(path);
    }
    throw new RpcError("unavailable", `the depot stopped waiting for ${path}: ask again`);
  }

  @Allow("spiffe://depot.example/keeper")
  async upload(path: string, chunks: AsyncIterable<Uint8Array>): Promise<Stored> {
    namesOf(path); // a path that is none is nobody's news
    try {
      const stored = await this.#storage.write(path, chunks);
      this.#changes.publish({ kind: "stored", path, bytes: stored.bytes });
      return stored;
    } catch (error) {
      this.#changes.publish({ kind: "abandoned", path });
      throw error;
    }
  }

  @Allow("spiffe://depot.example/keeper")
  async append(path: string, bytes: Uint8Array): Promise<Entry> {
    const entry = await this.#storage.append(path, bytes);
    this.#changes.publish({ kind: "grown", path, bytes: entry.bytes });
    return entry;
  }

  @Allow("spiffe://depot.example/keeper")
  async remove(path: string): Promise<void> {
    await this.#storage.remove(path);
    this.#changes.publish({ kind: "removed", path });
  }

  @Allow("spiffe://depot.example/keeper")
  async touch(path: string): Promise<void> {
    await this.#storage.touch(path);
    this.#changes.publish({ kind: "touched", path });
  }

  download(path: string): AsyncIterable<Uint8Array> {
    return this.#storage.read(path);
  }

  async *tail(path: string, { signal, draining }: CallContext): AsyncIterable<Uint8Array> {
    using changes = this.#changes.watch(path, [signal, draining]);
    let offset = 0;
    const storage = this.#storage;
    async function* added(): AsyncIterable<Uint8Array> {
      for await (const chunk of storage.read(path, offset)) {
        offset += chunk.length;
        yield chunk;
      }
    }
    yield* added();
    for await (const { kind } of changes) {
      if (kind === "grown") yield* added();
      else if (kind === "stored" || kind === "removed") return;
    }
  }

  @Limit({ concurrency: 8 })
  async *search({ text, folder, most = Infinity }: Query, { signal }: CallContext): AsyncIterable<Match> {
    if (text === "") throw new RpcError("invalid-argument", "the text to search for is empty");
    let left = most;
    for await (const { path } of this.#storage.files(folder)) {
      // A search that finds nothing comes to no yield at which it could end.
      signal.throwIfAborted();
      for await (const match of linesWith(text, this.#storage.read(path))) {
        if (left-- <= 0) return;
        yield { path, ...match };
      }
    }
  }

  async *watch(folder: string, { signal, draining }: CallContext): AsyncIterable<Change> {
    namesOf(folder);
    using changes = this.#changes.watch(folder, [signal, draining]);
    yield { kind: "watching", folder };
    yield* changes;
  }

  @Limit({ concurrency: 8 })
  async *verify(folder: string, claims: AsyncIterable<Claim>): AsyncIterable<Verdict> {
    const unclaimed = new Set<string>();
    for await (const { path } of this.#storage.files(folder)) unclaimed.add(path);
    for await (const { path, sha256 } of claims) {
      unclaimed.delete(path);
      const found = await this.#storage.sha256(path).catch(unlessMissing);
      if (found === undefined) yield { kind: "missing", path };
      else if (found === sha256) yield { kind: "same", path };
      else yield { kind: "different", path, sha256: found };
    }
    for (const path of unclaimed) yield { kind: "unclaimed", path };
  }
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof NoSuchFileError)) throw error;
}
