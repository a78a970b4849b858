// The streams of one connection by id: whose they are, which are open, which ids have been. PROTOCOL.md §6.1.
import { failureOf, type SessionEnd } from "./session-end.js";
import { StreamTable } from "./stream-table.js";
import type { Stream } from "./stream.js";
import { endInTurns } from "./turns.js";
import { Violation } from "./violation.js";

export class Streams {
  /** Ours and theirs. */
  readonly opened = new StreamTable<Stream>();
  readonly accepted = new StreamTable<Stream>();
  readonly #ourParity: number;
  #lastOpened: number;
  #lastAccepted: number;

  /** The client's ids are odd, the server's even. */
  constructor(role: "client" | "server") {
    this.#ourParity = role === "client" ? 1 : 0;
    this.#lastOpened = role === "client" ? -1 : 0;
    this.#lastAccepted = role === "client" ? 0 : -1;
  }

  get size(): number {
    return this.opened.size + this.accepted.size;
  }

  /** The id of the last stream that this side opened; 0: none. */
  get lastOpened(): number {
    return Math.max(this.#lastOpened, 0);
  }

  /** The id of the last stream that the peer opened; 0: none. */
  get lastAccepted(): number {
    return Math.max(this.#lastAccepted, 0);
  }

  isOurs(id: number): boolean {
    return (id & 1) === this.#ourParity;
  }

  /** Gives a stream of ours the next id. */
  open(stream: Stream): void {
    this.#lastOpened += 2;
    stream.id = this.#lastOpened;
    stream.state = "open";
    this.opened.add(stream.id, stream);
  }

  /** Takes note of an id that the peer used. @throws Violation where it is not the next one */
  arrive(id: number): void {
    const next = this.#lastAccepted + 2;
    if (id !== next) throw new Violation("protocol-error", `OPEN of stream ${id}: the next one is ${next}`);
    this.#lastAccepted = id;
  }

  /** The stream of an id; undefined where it is over already. @throws Violation for one that never was */
  find(id: number): Stream | undefined {
    const ours = this.isOurs(id);
    const stream = ours ? this.opened.get(id) : this.accepted.get(id);
    if (stream === undefined && id > (ours ? this.#lastOpened : this.#lastAccepted)) {
      throw new Violation("protocol-error", `a frame for stream ${id}, which was never opened`);
    }
    return stream;
  }

  /** The stream is over, for this side. */
  remove(stream: Stream): void {
    stream.state = "closed";
    if (stream.role === "opener") this.opened.delete(stream.id);
    else this.accepted.delete(stream.id);
  }

  /** The connection has ended: settles every stream, once. `actedUpon`: the last of ours that the peer acted upon, if it said. */
  lose(end: SessionEnd, actedUpon: number | undefined): void {
    const opened = [...this.opened.values()];
    const accepted = [...this.accepted.values()];
    this.opened.clear();
    this.accepted.clear();
    for (const stream of accepted) stream.state = "closed";
    for (const stream of opened) {
      stream.state = "closed";
      const isUnseen = actedUpon !== undefined && stream.id > actedUpon;
      stream.sink.lost(failureOf(end, isUnseen ? "no" : "maybe"));
    }
    if (accepted.length === 0) return;
    // One for all: a connection may have a thousand handlers, and an error for each holds up others.
    const aborted = failureOf(end, "maybe");
    void endInTurns(accepted, ({ sink }) => sink.lost(aborted));
  }
}
