import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SendCredit } from "../dist/flow-control.js";
import { checkLimits } from "../dist/limits.js";
import { SendQueue } from "../dist/send-queue.js";
import { SendWaiters } from "../dist/send-waiters.js";
import { Sender } from "../dist/sender.js";
import { silent, Stream } from "../dist/stream.js";
import { WaitingAnswers } from "../dist/waiting-answers.js";
import { messageOf } from "./support/flow-model.js";
import { SinkTransport } from "./support/sink-transport.js";
import { PlainOutbox } from "./support/outbox.js";

class CountedCredit extends SendCredit {
  looks = 0;

  override get left(): number {
    this.looks++;
    return super.left;
  }
}

function waitersWith(connectionCredit: number): {
  readonly queue: SendQueue<PlainOutbox>;
  readonly waiters: SendWaiters<PlainOutbox>;
  readonly connection: SendCredit;
} {
  const connection = new SendCredit(connectionCredit);
  const queue = new SendQueue<PlainOutbox>({ connection, reserve: 0, fragmentBytes: 100 });
  return { queue, waiters: new SendWaiters(queue), connection };
}

describe("who waits for room", () => {
  it("is taken in order, once", () => {
    const { waiters } = waitersWith(1000);
    const [a, b] = [new PlainOutbox(new SendCredit(100)), new PlainOutbox(new SendCredit(100))];
    for (const each of [a, b, a]) waiters.add(each);
    expect([waiters.next(), waiters.next(), waiters.next()]).toEqual([a, b, undefined]);
  });

  it("is passed over where it left", () => {
    const { waiters } = waitersWith(1000);
    const [a, b] = [new PlainOutbox(new SendCredit(100)), new PlainOutbox(new SendCredit(100))];
    waiters.add(a);
    waiters.add(b);
    waiters.remove(a);
    expect([waiters.next(), waiters.next()]).toEqual([b, undefined]);
  });

  it("waits for credit of its stream without being looked at", () => {
    const { waiters } = waitersWith(1000);
    const credit = new CountedCredit(0);
    const spent = new PlainOutbox(credit);
    waiters.add(spent);
    expect(waiters.next()).toBeUndefined();
    const before = credit.looks;
    const other = new PlainOutbox(new SendCredit(100));
    for (let turn = 0; turn < 100; turn++) {
      waiters.add(other);
      expect(waiters.next()).toBe(other);
    }
    expect(credit.looks).toBe(before);
    credit.grant(1);
    waiters.changed(spent);
    expect(waiters.next()).toBe(spent);
  });

  it("is held while the connection has no credit, and goes first when it has", () => {
    const { waiters, connection } = waitersWith(0);
    const [held, later] = [new PlainOutbox(new SendCredit(100)), new PlainOutbox(new SendCredit(100))];
    // Something outstanding: neither may pass by the reserve.
    for (const { credit } of [held, later]) credit.debit(1);
    waiters.add(held);
    expect(waiters.next()).toBeUndefined();
    waiters.add(later);
    connection.grant(1000);
    expect([waiters.next(), waiters.next(), waiters.next()]).toEqual([held, later, undefined]);
  });

  it("is woken when all of its window is back, though the connection has no credit", () => {
    const { waiters } = waitersWith(0);
    const outbox = new PlainOutbox(new SendCredit(100));
    outbox.credit.debit(1);
    waiters.add(outbox);
    expect(waiters.next()).toBeUndefined();
    outbox.credit.grant(1);
    waiters.changed(outbox);
    expect(waiters.next()).toBe(outbox);
  });

  it("is held by the connection, too, once what it had queued is written", () => {
    const { waiters, queue, connection } = waitersWith(10);
    const outbox = new PlainOutbox(new SendCredit(100));
    queue.push(outbox, messageOf(10));
    waiters.add(outbox);
    expect(waiters.next()).toBeUndefined();
    queue.next();
    waiters.changed(outbox);
    expect(waiters.next()).toBeUndefined();
    connection.grant(1000);
    expect(waiters.next()).toBe(outbox);
  });

  it("waits for what it has queued to be written", () => {
    const { waiters, queue } = waitersWith(1000);
    const outbox = new PlainOutbox(new SendCredit(100));
    queue.push(outbox, messageOf(10));
    waiters.add(outbox);
    expect(waiters.next()).toBeUndefined();
    queue.next();
    waiters.changed(outbox);
    expect(waiters.next()).toBe(outbox);
  });
});

it("nobody who could send is left waiting, whatever was queued, written and granted", () => {
  const step = fc.record({
    kind: fc.constantFrom("add", "push", "write", "grant", "grant-connection"),
    which: fc.nat(2),
    bytes: fc.integer({ min: 1, max: 120 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { waiters, queue, connection } = waitersWith(100);
      const outboxes = Array.from({ length: 3 }, () => new PlainOutbox(new SendCredit(150)));
      const waiting = new Set<PlainOutbox>();
      const wakeAll = (): void => {
        for (let woken = waiters.next(); woken !== undefined; woken = waiters.next()) {
          expect(queue.couldSend(woken)).toBe(true);
          expect(waiting.delete(woken)).toBe(true);
        }
        for (const each of waiting) expect(queue.couldSend(each)).toBe(false);
      };
      for (const { kind, which, bytes } of steps) {
        const outbox = outboxes[which]!;
        if (kind === "add") {
          waiters.add(outbox);
          waiting.add(outbox);
        } else if (kind === "push") queue.push(outbox, messageOf(bytes));
        else if (kind === "grant") {
          outbox.credit.grant(bytes);
          queue.streamGranted(outbox);
          waiters.changed(outbox);
        } else if (kind === "grant-connection") {
          connection.grant(bytes);
          queue.connectionGranted();
        } else {
          const turn = queue.next();
          if (turn !== undefined) waiters.changed(turn.outbox);
        }
        wakeAll();
      }
    }),
    { numRuns: 1000 },
  );
});

it("streams that are woken send one after the other, and not one inside the other", () => {
  let depth = 0;
  let deepest = 0;
  const transport = new SinkTransport();
  const answers = new WaitingAnswers(checkLimits({}), {
    isWritable: () => false,
    roomForAnswer: () => {},
    untaken: () => {},
  });
  const host = { write: () => true, opening: () => {}, written: () => {} };
  const sender = new Sender(transport, checkLimits({}), { fragmentBytes: 16_384, answers, host });
  const streams = Array.from({ length: 1000 }, () => {
    const stream = new Stream("acceptor", false, 65_536, 65_536, {
      ...silent,
      writable() {
        deepest = Math.max(deepest, ++depth);
        sender.push(stream, messageOf(10));
        depth--;
      },
    });
    return stream;
  });
  transport.writable = false;
  for (const stream of streams) sender.await(stream);
  transport.writable = true;
  const first = new Stream("acceptor", false, 65_536, 65_536, silent);
  sender.push(first, messageOf(10));
  expect(deepest).toBe(1);
  expect(streams.every(({ waits, credit }) => waits === "no" && credit.left < credit.initial)).toBe(true);
});
