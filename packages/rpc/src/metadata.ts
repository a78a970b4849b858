// What travels beside a call: lower-case keys, text or bytes. A Map in effect, so that no key can reach a prototype.
import { RpcError } from "./rpc-error.js";

/** A value of metadata. */
export type MetadataValue = string | Uint8Array;

/** What an API takes as metadata: an object, pairs, or Metadata itself. */
export type MetadataInit =
  | Metadata
  | Readonly<Record<string, MetadataValue>>
  | Iterable<readonly [string, MetadataValue]>;

/** Keys that begin so belong to the protocol (PROTOCOL.md §8) and cannot be set by a program. */
export const reservedPrefix = "tautline-";

const keyPattern = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

/**
 * Metadata of a call, a response, or its end. Keys are lower-case, 1 to 64 characters of `a-z 0-9 _ . -`, each with one
 * value. Its encoded size is bounded by `maxMetadataBytes` (default 8 KiB), checked when it is sent.
 */
export class Metadata implements Iterable<readonly [string, MetadataValue]> {
  /** Made with the first entry: most calls carry none, and have three of these. */
  #entries: Map<string, MetadataValue> | undefined;

  constructor(init?: MetadataInit) {
    if (init === undefined) return;
    if (typeof init !== "object" || init === null)
      throw invalid(
        `metadata is ${init === null ? "null" : `a ${typeof init}`}: it must be an object, or pairs of key and value`,
      );
    const pairs = Symbol.iterator in init ? (init as Iterable<readonly [string, MetadataValue]>) : Object.entries(init);
    for (const [key, value] of pairs) this.set(key, value);
  }

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  get(key: string): MetadataValue | undefined {
    return this.#entries?.get(key);
  }

  /** The value where it is text. */
  text(key: string): string | undefined {
    const value = this.#entries?.get(key);
    return typeof value === "string" ? value : undefined;
  }

  has(key: string): boolean {
    return this.#entries?.has(key) ?? false;
  }

  /** @throws RpcError `invalid-argument` for a key that is not lower-case ASCII or is reserved, or a value that is neither text nor bytes */
  set(key: string, value: MetadataValue): this {
    if (typeof key !== "string") throw invalid(`a metadata key must be a string, not ${typeof key}`);
    if (key.startsWith(reservedPrefix))
      throw invalid(`metadata key "${key}" is reserved: choose one that does not begin with "${reservedPrefix}"`);
    return this.#set(key, value);
  }

  /** What a peer sent, reserved keys included. @throws RpcError like `set` */
  static received(entries: Iterable<readonly [string, MetadataValue]>): Metadata {
    const metadata = new Metadata();
    for (const [key, value] of entries) metadata.#set(key, value);
    return metadata;
  }

  #set(key: string, value: MetadataValue): this {
    if (!keyPattern.test(key))
      throw invalid(`metadata key ${JSON.stringify(key.slice(0, 80))} must match ${keyPattern.source}`);
    if (typeof value !== "string" && !(value instanceof Uint8Array)) {
      throw invalid(`metadata "${key}" must be a string or a Uint8Array, not ${typeof value}`);
    }
    this.#entries ??= new Map();
    this.#entries.set(key, value);
    return this;
  }

  delete(key: string): boolean {
    return this.#entries?.delete(key) ?? false;
  }

  [Symbol.iterator](): IterableIterator<[string, MetadataValue]> {
    return (this.#entries ?? nothing)[Symbol.iterator]();
  }
}

const nothing = new Map<string, MetadataValue>();

function invalid(message: string): RpcError {
  return new RpcError("invalid-argument", message, { executed: "no" });
}
