import { expect, it } from "vitest";
import { spanOf } from "../dist/span.js";
import { silent, Stream, type Arrival } from "../dist/stream.js";
import { WaitingCall, WaitingCalls } from "../dist/waiting-calls.js";

/** Ends that waiting calls were given. */
class Ends {
  readonly codes: number[] = [];
  end(_stream: Stream, code: number): void {
    this.codes.push(code);
  }
  outcome(): Uint8Array {
    return new Uint8Array(0);
  }
}

function arrival(path: string, arrivedAt: number, deadline: number): Arrival {
  const rest = { metadata: undefined, oneWay: false, positional: false, cost: 33, end: true };
  return { path, arrivedAt, deadline, body: spanOf(new Uint8Array(1)), ...rest };
}

/** Calls named in order of arrival, 10 ms apart, each with so much time. */
function line(count: number, timeoutMs: number, ends = new Ends()): { waiting: WaitingCalls; calls: WaitingCall[] } {
  const waiting = new WaitingCalls();
  const calls = Array.from({ length: count }, (_, index) => {
    const stream = new Stream("acceptor", false, 0, 65_536, silent);
    return new WaitingCall(ends, stream, arrival(String(index), index * 10, index * 10 + timeoutMs));
  });
  for (const call of calls) waiting.push(call);
  return { waiting, calls };
}

/** Takes all at one instant: those that are begun in order, and those that are refused. */
function takeAll(waiting: WaitingCalls, at: number): { begun: string; refused: string } {
  let begun = "";
  let refused = "";
  for (;;) {
    const call = waiting.next(at, (_, { path }) => (refused += path));
    if (call === undefined) return { begun, refused };
    begun += call.arrival?.path;
  }
}

it("the first goes first while none has waited for more than 50 ms", () => {
  expect(takeAll(line(5, 10_000).waiting, 50)).toEqual({ begun: "01234", refused: "" });
});

it("the newest goes first while the oldest has waited for longer", () => {
  // Behind the newest five, the oldest that is left has waited for 50 ms and no more.
  expect(takeAll(line(8, 10_000).waiting, 100)).toEqual({ begun: "76543210", refused: "" });
});

it("who has waited for half of its time is taken, and for longer is refused", () => {
  expect(takeAll(line(3, 200).waiting, 100)).toEqual({ begun: "210", refused: "" });
  expect(takeAll(line(3, 200).waiting, 101)).toEqual({ begun: "21", refused: "0" });
  expect(takeAll(line(3, 200).waiting, 1_000)).toEqual({ begun: "", refused: "012" });
});

it("who has no deadline waits for as long as it takes", () => {
  expect(takeAll(line(2, Infinity).waiting, 1e9)).toEqual({ begun: "10", refused: "" });
});

it("who was cancelled or lost is passed over, and only who was cancelled is answered", () => {
  const ends = new Ends();
  const { waiting, calls } = line(4, 10_000, ends);
  calls[0]?.cancelled("cancelled", "");
  calls[1]?.cancelled("deadline-exceeded", "too long");
  calls[2]?.lost();
  expect(takeAll(waiting, 40)).toEqual({ begun: "3", refused: "" });
  expect(ends.codes).toEqual([1, 4]);
});

it("counts those that are in, however many came and went", () => {
  const waiting = new WaitingCalls();
  for (let round = 0; round < 1_000; round++) {
    for (const call of line(3, 10_000).calls) waiting.push(call);
    const at = round % 2 === 0 ? 20 : 90;
    for (let taken = 0; taken < 2; taken++) waiting.next(at, () => expect.fail("refused"));
    expect(waiting.size).toBe(round + 1);
  }
  waiting.clear();
  expect([waiting.size, waiting.next(0, () => {})]).toEqual([0, undefined]);
});

it("keeps arguments that wait, and not the chunks that they came in", () => {
  const waiting = new WaitingCalls();
  const arrivals = Array.from({ length: 10 }, (_, index) => {
    const call = arrival(String(index), 0, Infinity);
    call.body = { bytes: Buffer.alloc(16 * 1024), from: 5, to: 6 };
    return call;
  });
  for (const call of arrivals)
    waiting.push(new WaitingCall(new Ends(), new Stream("acceptor", false, 0, 65_536, silent), call));
  expect(arrivals.map(({ body }) => body.bytes.length)).toEqual([16 * 1024, ...new Array<number>(9).fill(1)]);
});
