// What a client says to a server of Probe, frame after frame: mostly as PROTOCOL.md has it, for the streams that are open;
// as much of it wrong as the conversation wants.
import {
  END,
  FIRST,
  LAST,
  ONE_WAY,
  POSITIONAL,
  cancel,
  drain,
  drainAck,
  end,
  firstFragment,
  goAway,
  head,
  hello,
  message,
  open,
  ping,
  pong,
  reasons,
  value,
  window,
} from "../support/raw-frame.js";
import { EndFrames, parcel } from "./end-frames.js";
import { payload } from "./spoil.js";

interface MethodSample {
  readonly path: string;
  readonly args: readonly unknown[];
  /** What the client streams, if it does. */
  readonly item?: unknown;
  readonly oneWay?: true;
}

const methods: readonly MethodSample[] = [
  { path: "Probe/forward", args: [parcel] },
  { path: "Probe/withdraw", args: ["a", 30] },
  { path: "Probe/withdraw", args: ["a", 300] },
  { path: "Probe/timeLeft", args: [] },
  { path: "Probe/blocks", args: [3, 100] },
  { path: "Probe/blocks", args: [50, 20_000] },
  { path: "Probe/tally", args: ["all"], item: Buffer.from([1, 2, 3]) },
  { path: "Probe/shout", args: [], item: "a line" },
  { path: "Probe/note", args: ["hello"], oneWay: true },
  { path: "Probe/wait", args: [] },
  { path: "Probe/hold", args: [], item: Buffer.alloc(100) },
  { path: "tautline/methods", args: ["Probe"] },
  { path: "Nobody/serves", args: [] },
];

/** A stream that the client believes to be open for its messages. */
interface Sending {
  readonly id: number;
  readonly item: unknown;
  /** Bytes of a message that was begun. */
  left: number;
}

/** One client. */
export class ClientFrames extends EndFrames {
  #lastId = -1;
  readonly #sending: Sending[] = [];

  protected settings(): object {
    const { random } = this;
    return random.chance(0.5) ? {} : { window: random.pick([16_384, 65_536]), maxCalls: 10 };
  }

  protected right(): Buffer {
    const { random } = this;
    const sending = this.#sending.length === 0 ? undefined : random.pick(this.#sending);
    switch (random.int(sending === undefined ? 5 : 10)) {
      case 0:
      case 1:
      case 2:
        return this.#open();
      case 3:
        return random.chance(0.1) ? ping() : this.#open();
      case 4:
        return this.#lastId < 1 ? this.#open() : cancel(1 + 2 * random.int((this.#lastId + 1) / 2), 1, "no more");
      default:
        return sending === undefined ? this.#open() : this.#item(sending);
    }
  }

  #open(): Buffer {
    const { random } = this;
    const { path, args, item, oneWay } = random.pick(methods);
    const id = (this.#lastId += 2);
    const timeoutMs = random.pick([0, 0, 1, 50, 10_000]);
    const body = value(args);
    if (item !== undefined) this.#sending.push({ id, item, left: 0 });
    const flags = LAST | (item === undefined ? END : 0) | (oneWay === undefined ? 0 : ONE_WAY);
    if (oneWay === undefined && item === undefined && body.length > 2 && random.chance(0.1)) {
      this.#sending.push({ id, item: undefined, left: body.length - 1 });
      return open(id, path, { flags: 0, timeoutMs, total: body.length, body: body.subarray(0, 1) });
    }
    return open(id, path, { flags, timeoutMs, body });
  }

  /** The next fragment or item of a stream, or the end of them. */
  #item(sending: Sending): Buffer {
    const { random } = this;
    const { id, item } = sending;
    const gone = (): void => void this.#sending.splice(this.#sending.indexOf(sending), 1);
    if (sending.left > 0) {
      const size = 1 + random.int(sending.left);
      sending.left -= size;
      if (sending.left > 0) return message(id, random.bytes(size), 0);
      if (item === undefined) gone();
      return message(id, random.bytes(size), item === undefined ? LAST | END : LAST);
    }
    const body = value(item);
    switch (random.int(6)) {
      case 0:
        gone();
        return end(id);
      case 1:
        gone();
        return message(id, body, FIRST | LAST | END);
      case 2: {
        const total = 10 + random.int(30_000);
        sending.left = total - 1;
        return firstFragment(id, total, random.bytes(1));
      }
      default:
        return message(id, body);
    }
  }

  protected wrong(): Buffer {
    const { random } = this;
    const id = random.int(this.#lastId + 4);
    switch (random.int(14)) {
      case 0:
        return window(id, random.pick([0, 1, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]));
      case 1:
        return window(0, random.pick([1, 2 ** 31 - 1, 2 ** 32 - 1]));
      case 2:
        return message(id, payload(random), random.int(8));
      case 3:
        return firstFragment(id, random.pick([0, 1, 2 ** 30, 2 ** 32 - 1]), payload(random));
      case 4:
        return open((this.#lastId += 2), random.pick(methods).path, { body: payload(random) });
      case 5:
        return open((this.#lastId += 2), random.pick(methods).path, {
          flags: LAST | END | POSITIONAL,
          body: payload(random),
        });
      case 6:
        return open(id, random.pick(["", "/", "Probe", "Probe/", "__proto__/toString", "Probe/constructor"]), {});
      case 7:
        return open((this.#lastId += 2), "Probe/forward", { metadata: payload(random), body: value([parcel]) });
      case 8:
        return end(id, random.int(20), payload(random));
      case 9:
        return head(id, payload(random));
      case 10:
        return pong(random.bytes(8));
      case 11:
        return random.pick([drain(), drainAck(id), goAway(random.pick(reasons), id, "bye")]);
      case 12:
        return hello({ window: random.pick([0, 16_384, "a"]) });
      default:
        return cancel(id, random.int(30), "x".repeat(random.int(300)));
    }
  }
}
