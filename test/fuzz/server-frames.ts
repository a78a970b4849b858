// What a server says to a client of Probe, frame after frame: mostly answers to the calls that are open; as much of it wrong
// as the conversation wants.
import {
  END,
  FIRST,
  LAST,
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
import type { Random } from "./random.js";
import { payload } from "./spoil.js";

const answers: readonly unknown[] = [
  parcel,
  70,
  null,
  Buffer.alloc(100),
  { label: "a", parts: 1, bytes: 2 },
  "A LINE",
  undefined,
];
const outcomes: readonly object[] = [
  {},
  { message: "no", executed: "no" },
  { error: "Overdrawn", fields: { account: "a", missing: 1 } },
  { error: "Overdrawn", fields: { account: 1 } },
  { trailers: { a: "b" }, timing: [1, 2], details: [1], retryAfterMs: 5 },
  { timing: "soon", trailers: 1, executed: "perhaps" },
];

/** One server; `opened` are the calls of the client, as they come. */
export class ServerFrames extends EndFrames {
  readonly #opened: readonly number[];

  constructor(random: Random, badness: number, opened: readonly number[]) {
    super(random, badness);
    this.#opened = opened;
  }

  protected settings(): object {
    return this.random.pick([{}, { window: 16_384, maxCalls: 2 }, { maxFrameBytes: 16_384, agent: "x".repeat(256) }]);
  }

  protected right(): Buffer {
    const { random } = this;
    if (this.#opened.length === 0) return ping();
    const id = random.pick(this.#opened);
    switch (random.int(8)) {
      case 0:
        return end(id, random.int(17), value(random.pick(outcomes)));
      case 1:
        return head(id, value({ a: "b" }));
      case 2:
        return window(id, 1 + random.int(100_000));
      case 3:
        return window(0, 1 + random.int(100_000));
      case 4:
        return message(id, value(random.pick(answers)));
      default:
        return message(id, value(random.pick(answers)), FIRST | LAST | END);
    }
  }

  protected wrong(): Buffer {
    const { random } = this;
    const id = random.chance(0.5) && this.#opened.length > 0 ? random.pick(this.#opened) : random.int(20);
    switch (random.int(13)) {
      case 0:
        return window(id, random.pick([0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]));
      case 1:
        return message(id, payload(random), random.int(8));
      case 2:
        return firstFragment(id, random.pick([0, 1, 100, 2 ** 30, 2 ** 32 - 1]), payload(random));
      case 3:
        return end(id, random.int(30), payload(random));
      case 4:
        return head(id, payload(random));
      case 5:
        return open(2 * random.int(5), "Probe/forward");
      case 6:
        return pong(random.bytes(8));
      case 7:
        return drain(random.int(2000));
      case 8:
        return drainAck(id);
      case 9:
        return goAway(random.pick(reasons), id, "bye");
      case 10:
        return hello({});
      case 11:
        return cancel(id);
      default:
        return end(id, 0, value({ trailers: { __proto__: null, ["x".repeat(300)]: "y" } }));
    }
  }
}
