import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SendCredit } from "../dist/flow-control.js";
import { SendQueue, type Turn } from "../dist/send-queue.js";
import { spanOf } from "../dist/span.js";
import { FlowModel, messageOf, type ModelStream } from "./support/flow-model.js";
import { PlainOutbox } from "./support/outbox.js";

class NamedOutbox extends PlainOutbox {
  readonly name: string;

  constructor(name: string, credit = 1_000_000) {
    super(new SendCredit(credit));
    this.name = name;
  }
}

function queueWith(connectionCredit = 1_000_000, reserve = 0): [SendQueue<NamedOutbox>, SendCredit] {
  const connection = new SendCredit(connectionCredit);
  return [new SendQueue<NamedOutbox>({ connection, reserve, fragmentBytes: 100 }), connection];
}

/** What goes out until nothing may: `a0-100` is bytes 0 to 100 of a message of a; `a!` another frame of it. */
function drain(queue: SendQueue<NamedOutbox>, most = Infinity): string[] {
  const shown: string[] = [];
  while (shown.length < most) {
    const turn = queue.next();
    if (turn === undefined) break;
    shown.push(show(turn));
  }
  return shown;
}

function show({ outbox, item, from, to }: Turn<NamedOutbox>): string {
  return item.kind === "message" ? `${outbox.name}${from}-${to}` : `${outbox.name}!`;
}

describe("turns", () => {
  it("cuts a message into as few fragments as fragmentBytes allows, of equal length", () => {
    const [queue] = queueWith();
    queue.push(new NamedOutbox("a"), messageOf(250));
    expect(drain(queue)).toEqual(["a0-84", "a84-167", "a167-250"]);
  });

  it("sends a message of exactly fragmentBytes whole, and one byte more in two fragments", () => {
    const [queue] = queueWith();
    const a = new NamedOutbox("a");
    queue.push(a, messageOf(100));
    queue.push(a, messageOf(101));
    expect(drain(queue)).toEqual(["a0-100", "a0-51", "a51-101"]);
  });

  // Holds PROTOCOL.md §7.3.
  it("lets streams take turns by fragments, and never mixes two messages of one", () => {
    const [queue] = queueWith();
    const [a, b] = [new NamedOutbox("a"), new NamedOutbox("b")];
    queue.push(a, messageOf(250));
    queue.push(a, messageOf(30));
    queue.push(b, messageOf(150));
    expect(drain(queue)).toEqual(["a0-84", "b0-75", "a84-167", "b75-150", "a167-250", "a0-30"]);
  });

  it("sends a small message before the fragments of all large ones that wait", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 50 }), (others, before) => {
        const [queue] = queueWith(1e9);
        for (let index = 0; index < others; index++) {
          queue.push(new NamedOutbox(`large${index}-`, 1e9), messageOf(100_000));
        }
        drain(queue, before);
        queue.push(new NamedOutbox("small"), messageOf(5));
        expect(drain(queue, 1)).toEqual(["small0-5"]);
      }),
    );
  });

  it("sends a fragment of a large message behind as much of small ones, however many of those there are", () => {
    const [queue] = queueWith();
    queue.push(new NamedOutbox("large"), messageOf(200));
    // Each costs 40 bytes.
    for (let index = 0; index < 7; index++) queue.push(new NamedOutbox("s"), messageOf(8));
    expect(drain(queue)).toEqual([
      ..."s0-8 s0-8 s0-8 large0-100".split(" "),
      ..."s0-8 s0-8 s0-8 large100-200 s0-8".split(" "),
    ]);
  });

  // Holds PROTOCOL.md §6.4.3.
  it("keeps frames without cost in their place among the messages of their stream", () => {
    const [queue] = queueWith();
    const a = new NamedOutbox("a");
    queue.push(a, { kind: "head", stream: 1, metadata: new Uint8Array(0) });
    queue.push(a, messageOf(150));
    queue.push(a, { kind: "end", stream: 1, code: 0, outcome: new Uint8Array(0) });
    expect(drain(queue)).toEqual(["a!", "a0-75", "a75-150", "a!"]);
  });
});

describe("credit", () => {
  it("debits the whole cost with the first fragment, and nothing for the others", () => {
    const [queue, connection] = queueWith(1000);
    const a = new NamedOutbox("a", 1000);
    queue.push(a, messageOf(250));
    drain(queue, 1);
    expect([connection.left, a.credit.left]).toEqual([1000 - 282, 1000 - 282]);
    drain(queue);
    expect([connection.left, a.credit.left]).toEqual([1000 - 282, 1000 - 282]);
  });

  it("debits an OPEN its metadata too", () => {
    const [queue, connection] = queueWith(1000);
    const metadata = new Uint8Array(40);
    const opening = { path: "a/b", metadata, remainingMs: () => Infinity, oneWay: false, positional: false };
    queue.push(new NamedOutbox("a"), {
      kind: "message",
      body: spanOf(new Uint8Array(10)),
      end: true,
      opening,
      sent: 0,
    });
    drain(queue);
    expect(connection.left).toBe(1000 - 32 - 40 - 10);
  });

  it("finishes a message that was begun, however far it overdraws both windows", () => {
    const [queue, connection] = queueWith(1);
    const a = new NamedOutbox("a", 1);
    queue.push(a, messageOf(450));
    expect(drain(queue)).toHaveLength(5);
    expect([connection.left, a.credit.left]).toEqual([-481, -481]);
  });

  it("sends frames without cost whatever the credit is", () => {
    const [queue, connection] = queueWith(100);
    connection.debit(500);
    const a = new NamedOutbox("a", 0);
    queue.push(a, { kind: "end", stream: 1, code: 0, outcome: new Uint8Array(0) });
    expect(drain(queue)).toEqual(["a!"]);
  });

  // Holds PROTOCOL.md §8.3.
  it("begins nothing for a stream without credit until it is granted some", () => {
    const [queue] = queueWith();
    const a = new NamedOutbox("a", 40);
    queue.push(a, messageOf(8));
    queue.push(a, messageOf(9));
    expect(drain(queue)).toEqual(["a0-8"]);
    a.credit.grant(1);
    queue.streamGranted(a);
    expect(drain(queue)).toEqual(["a0-9"]);
  });

  it("lets streams that the connection held back come in the order in which they were held", () => {
    const [queue, connection] = queueWith(40);
    const names = ["a", "b", "c", "d"];
    for (const name of names) queue.push(new NamedOutbox(name), messageOf(8));
    expect(drain(queue)).toEqual(["a0-8"]);
    connection.grant(1);
    queue.connectionGranted();
    expect(drain(queue)).toEqual(["b0-8"]);
    connection.grant(200);
    queue.connectionGranted();
    expect(drain(queue)).toEqual(["c0-8", "d0-8"]);
  });

  // Holds PROTOCOL.md §8.3.
  it("lets an untouched stream pass the connection's credit by the reserve, to the byte", () => {
    const [queue, connection] = queueWith(100, 50);
    connection.debit(100);
    const [a, b] = [new NamedOutbox("a"), new NamedOutbox("b")];
    queue.push(a, messageOf(19));
    queue.push(b, messageOf(18));
    expect(drain(queue)).toEqual(["b0-18"]);
  });

  it("lets a stream that was held pass by the reserve once its own credit is whole again", () => {
    const [queue, connection] = queueWith(100, 50);
    const a = new NamedOutbox("a", 200);
    queue.push(a, messageOf(18));
    expect(drain(queue)).toEqual(["a0-18"]);
    connection.debit(100);
    queue.push(a, messageOf(18));
    expect(drain(queue)).toEqual([]);
    a.credit.grant(50);
    queue.streamGranted(a);
    expect(drain(queue)).toEqual(["a0-18"]);
  });

  it("says that an empty outbox could send exactly where a small message would go out", () => {
    const [queue, connection] = queueWith(100, 50);
    const [a, b] = [new NamedOutbox("a", 200), new NamedOutbox("b", 200)];
    expect(queue.couldSend(a)).toBe(true);
    queue.push(a, messageOf(18));
    expect(queue.couldSend(a)).toBe(false);
    drain(queue);
    expect(queue.couldSend(a)).toBe(true);
    connection.debit(100);
    expect(queue.couldSend(a)).toBe(false);
    expect(queue.couldSend(b)).toBe(true);
    b.credit.debit(200);
    expect(queue.couldSend(b)).toBe(false);
  });
});

describe("discarding", () => {
  it("forgets what waits, also the rest of a message under way", () => {
    const [queue] = queueWith();
    const [a, b] = [new NamedOutbox("a"), new NamedOutbox("b")];
    queue.push(a, messageOf(250));
    expect(drain(queue, 1)).toEqual(["a0-84"]);
    queue.push(b, messageOf(10));
    queue.discard(a);
    expect(drain(queue)).toEqual(["b0-10"]);
  });

  it("lets the END of a stream pass that the connection's credit held back", () => {
    const [queue, connection] = queueWith(100);
    connection.debit(100);
    const a = new NamedOutbox("a");
    queue.push(a, messageOf(10));
    expect(drain(queue)).toEqual([]);
    queue.discard(a);
    queue.push(a, { kind: "end", stream: 1, code: 13, outcome: new Uint8Array(0) });
    expect(drain(queue)).toEqual(["a!"]);
  });

  it("gives a stream that is discarded and used again one turn in a round", () => {
    const [queue] = queueWith();
    const [a, b] = [new NamedOutbox("a"), new NamedOutbox("b")];
    queue.push(a, messageOf(250));
    queue.discard(a);
    queue.push(a, messageOf(250));
    queue.push(b, messageOf(250));
    expect(drain(queue, 4)).toEqual(["a0-84", "b0-84", "a84-167", "b84-167"]);
  });
});

describe("a sender and a receiver that keep PROTOCOL.md §8", () => {
  const settings = fc.record({
    window: fc.integer({ min: 200, max: 5000 }),
    connectionWindow: fc.integer({ min: 200, max: 10_000 }),
    reserve: fc.integer({ min: 0, max: 200 }),
    fragmentBytes: fc.integer({ min: 1, max: 600 }),
  });
  const maxMessageBytes = 8000;
  const length = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: maxMessageBytes }));
  const streams = 6;
  const step = fc.oneof(
    fc.record({ kind: fc.constant("send" as const), stream: fc.nat({ max: streams - 1 }), length }),
    fc.record({ kind: fc.constant("transfer" as const), frames: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant("consume" as const), stream: fc.nat({ max: streams - 1 }) }),
    fc.record({ kind: fc.constant("stall" as const), stream: fc.nat({ max: streams - 1 }) }),
    fc.record({ kind: fc.constant("resume" as const), stream: fc.nat({ max: streams - 1 }) }),
  );
  const steps = fc.array(step, { maxLength: 150 });

  it("never break it, hold no more than its bound, and deliver everything once all streams are read", () => {
    fc.assert(
      fc.property(settings, steps, (settings, steps) => {
        const model = new FlowModel(settings, streams);
        const sent = new Array<number>(streams).fill(0);
        for (const step of steps) {
          const stream = model.streams["stream" in step ? step.stream : 0] as ModelStream;
          if (step.kind === "send") {
            model.queue.push(stream, messageOf(step.length));
            sent[step.stream] = (sent[step.stream] ?? 0) + 1;
          } else if (step.kind === "transfer") model.transfer(step.frames);
          else if (step.kind === "consume") model.consume(stream);
          else stream.stalled = step.kind === "stall";
        }
        for (const stream of model.streams) stream.stalled = false;
        finish(model);
        expect(model.streams.map((stream) => stream.delivered)).toEqual(sent);
        // §8.4, with the small constant of each message that its cost has already.
        const bound = settings.connectionWindow + maxMessageBytes + 32 + streams * settings.reserve;
        expect(model.mostHeld).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 500 },
    );
  });

  it("deliver every message within the reserve of streams that are read, while the others hold all the credit", () => {
    fc.assert(
      fc.property(
        settings,
        fc.array(length, { maxLength: 60 }),
        fc.array(fc.nat(), { maxLength: 60 }),
        (given, large, small) => {
          const model = new FlowModel({ ...given, reserve: 200 }, streams);
          const [reader, second, ...stuck] = model.streams as [ModelStream, ModelStream, ...ModelStream[]];
          const sent = [0, 0];
          for (const stream of stuck) stream.stalled = true;
          // Two of these overdraw any of the windows.
          for (const stream of stuck) model.queue.push(stream, messageOf(maxMessageBytes));
          large.forEach((bytes, index) => {
            model.queue.push(stuck[index % stuck.length] as ModelStream, messageOf(bytes));
          });
          small.forEach((number, index) => {
            model.queue.push(index % 2 === 0 ? reader : second, messageOf(1 + (number % 168)));
            sent[index % 2] = (sent[index % 2] ?? 0) + 1;
            model.transfer(number % 5);
            if (number % 3 === 0) model.consume(reader);
          });
          finish(model);
          expect([reader.delivered, second.delivered]).toEqual(sent);
        },
      ),
      { numRuns: 500 },
    );
  });

  /** Transfers and consumes until neither does anything more. */
  function finish(model: FlowModel): void {
    for (let active = true; active;) {
      active = model.transfer(Infinity) > 0;
      for (const stream of model.streams) while (model.consume(stream)) active = true;
    }
  }
});
