// Writes the named form, with the same generated code as the positional one: an object is a map, and each value that follows
// its head gets the next of its names in front. Knows no contract. PROTOCOL.md §10.4.
import type { Fields } from "./fields.js";
import { MsgpackWriter } from "./msgpack-writer.js";
import type { Span } from "./span.js";

/** A container that is being written. */
interface Container {
  /** How many values are still to come. */
  left: number;
  /** Of an object: the names of all values that follow its head. */
  readonly names: readonly string[] | undefined;
  next: number;
  /** Of an object: where its size is written, and in how many bytes. */
  readonly place: number;
  readonly size: 1 | 4;
}

/** The most entries that the head of a map has room for in its first byte. */
const smallMap = 15;

/** Writes one message after another; {@link take} ends each. */
export class NamedWriter extends MsgpackWriter {
  override readonly isNamed = true;
  readonly #open: Container[] = [];

  override take(): Span {
    this.#open.length = 0;
    return super.take();
  }

  override reset(): void {
    this.#open.length = 0;
    super.reset();
  }

  override nil(): void {
    this.#name();
    super.nil();
  }

  /** A field that is absent is left out; anywhere else, its place has to be taken. */
  override absent(): void {
    const container = this.#innermost();
    if (container === undefined) return super.absent();
    container.left--;
    if (container.names === undefined) return super.absent();
    container.next++;
    this.raise(container.place, container.size, -1);
  }

  override boolean(value: boolean): void {
    this.#name();
    super.boolean(value);
  }

  override number(value: number): void {
    this.#name();
    // Never a float of 32 bits, which is for those that agreed on it.
    if ((value | 0) === value || value >>> 0 === value) super.number(value);
    else this.double(value);
  }

  override bigint(value: bigint): void {
    this.#name();
    super.bigint(value);
  }

  override string(value: string): void {
    this.#name();
    super.string(value);
  }

  override bytes(value: Uint8Array): void {
    this.#name();
    super.bytes(value);
  }

  override array(length: number): void {
    this.#name();
    super.array(length);
    this.#enter(length);
  }

  override map(size: number): void {
    this.#name();
    super.map(size);
    this.#enter(size * 2);
  }

  override object({ names, isOpen }: Fields, length: number): void {
    this.#name();
    const place = this.written;
    const isSmall = !isOpen && length <= smallMap;
    const size = isOpen ? length - 1 : length;
    if (isSmall) super.map(size);
    else this.largeMap(size);
    this.#open.push({ left: length, names, next: 0, place: isSmall ? place : place + 1, size: isSmall ? 1 : 4 });
  }

  /** They lie in the same map. */
  override open(size: number): void {
    const container = this.#innermost();
    if (container === undefined) return;
    this.raise(container.place, container.size, size);
    this.#open.pop();
    this.#enter(size * 2);
  }

  override member(_number: number): void {}

  override literal(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.string(value);
      case "number":
        return this.number(value);
      case "boolean":
        return this.boolean(value);
      case "bigint":
        return this.bigint(value);
      case "undefined":
        return this.absent();
      default:
        return this.nil();
    }
  }

  override choice(_number: number, value: unknown): void {
    this.literal(value);
  }

  override date(ms: number): void {
    this.#name();
    super.timestamp(ms);
  }

  #enter(left: number): void {
    this.#open.push({ left, names: undefined, next: 0, place: 0, size: 1 });
  }

  /** The container that the next value is part of. */
  #innermost(): Container | undefined {
    let container = this.#open.at(-1);
    while (container?.left === 0) {
      this.#open.pop();
      container = this.#open.at(-1);
    }
    return container;
  }

  /** A value comes next: where it is a field, it has its name in front. */
  #name(): void {
    const container = this.#innermost();
    if (container === undefined) return;
    container.left--;
    const name = container.names?.[container.next++];
    if (name !== undefined) super.string(name);
  }
}
