import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkBegin, mayBegin, messageOverhead, ReceiveCredit, SendCredit } from "../dist/flow-control.js";

const flowControl = expect.objectContaining({ name: "Violation", reason: "flow-control" });

/** Send credit of which `spent` is gone. */
function sending(initial: number, spent: number): SendCredit {
  const credit = new SendCredit(initial);
  credit.debit(spent);
  return credit;
}

function receiving(initial: number, spent: number): ReceiveCredit {
  const credit = new ReceiveCredit(initial);
  credit.debit(spent);
  return credit;
}

it("charges 32 bytes beside a message's own (§8.2)", () => {
  expect(messageOverhead).toBe(32);
});

// Holds PROTOCOL.md §8.3.
describe("whether a message may begin (§8.3)", () => {
  const rows: [what: string, connection: number, stream: number, cost: number, expected: boolean][] = [
    // What is left of 1,000 each, with a reserve of 100.
    ["both have credit", 1, 1, 5000, true],
    ["the stream has none", 1000, 0, 1, false],
    ["the stream has less than none", 1000, -1, 1, false],
    ["neither has any", 0, 0, 1, false],
    ["the connection has none, the stream is untouched, the cost is the reserve", 0, 1000, 100, true],
    ["the connection has less than none, the stream is untouched, the cost is the reserve", -5000, 1000, 100, true],
    ["the connection has none, the cost is above the reserve", 0, 1000, 101, false],
    ["the connection has none, the stream has one byte outstanding", 0, 999, 1, false],
  ];

  it.each(rows)("%s", (_, connection, stream, cost, expected) => {
    expect(mayBegin(sending(1000, 1000 - connection), sending(1000, 1000 - stream), cost, 100)).toBe(expected);
    const check = (): void =>
      checkBegin(receiving(1000, 1000 - connection), receiving(1000, 1000 - stream), cost, 100, 7);
    if (expected) check();
    else expect(check).toThrowError(flowControl);
  });

  it("is decided alike by both sides, whatever the figures", () => {
    const left = fc.integer({ min: -200, max: 300 });
    fc.assert(
      fc.property(left, left, fc.nat({ max: 300 }), fc.nat({ max: 200 }), (connection, stream, cost, reserve) => {
        let accepted = true;
        try {
          checkBegin(receiving(200, 200 - connection), receiving(100, 100 - stream), cost, reserve, 1);
        } catch {
          accepted = false;
        }
        expect(mayBegin(sending(200, 200 - connection), sending(100, 100 - stream), cost, reserve)).toBe(accepted);
      }),
      { numRuns: 1000 },
    );
  });

  it("takes a message that is not encoded yet for a small one", () => {
    expect(mayBegin(sending(1000, 1000), sending(1000, 0), undefined, 0)).toBe(true);
    expect(mayBegin(sending(1000, 1000), sending(1000, 1), undefined, 100)).toBe(false);
  });

  it("is on a stream that was granted more than it began with", () => {
    const stream = sending(100, 50);
    stream.grant(60);
    expect(mayBegin(sending(1000, 1000), stream, 10, 10)).toBe(true);
  });
});

describe("credit of a sender", () => {
  it("may become negative, and comes back by what is granted", () => {
    const credit = sending(100, 250);
    expect(credit.left).toBe(-150);
    credit.grant(151);
    expect([credit.left, credit.initial]).toEqual([1, 100]);
  });

  it("may reach 2^31-1, and is a violation above (§8.5)", () => {
    const credit = sending(100, 100);
    credit.grant(2 ** 31 - 1);
    expect(credit.left).toBe(2 ** 31 - 1);
    expect(() => credit.grant(1)).toThrowError(flowControl);
    expect(credit.left).toBe(2 ** 31 - 1);
  });

  it("that is overdrawn takes a grant of 2^31-1", () => {
    const credit = sending(100, 5_000_000);
    credit.grant(2 ** 31 - 1);
    expect(credit.left).toBe(100 - 5_000_000 + 2 ** 31 - 1);
  });
});

describe("credit of a receiver (§8.7)", () => {
  it("is not due while half of it or more is left", () => {
    const credit = receiving(1000, 500);
    credit.consume(500);
    expect(credit.due).toBe(false);
    credit.debit(1);
    expect(credit.due).toBe(true);
  });

  it("is not due while nothing is owed", () => {
    expect(receiving(1000, 5000).due).toBe(false);
  });

  it("returns more where the window is widened, and its half is counted of that", () => {
    const credit = receiving(1000, 600);
    credit.consume(600);
    expect(credit.settle(4000)).toBe(3600);
    expect([credit.left, credit.window, credit.initial]).toEqual([4000, 4000, 1000]);
    credit.debit(2001);
    credit.consume(1);
    expect(credit.due).toBe(true);
  });

  it("returns less where the window is narrowed, and nothing while it is still too wide", () => {
    const credit = receiving(1000, 0);
    credit.settle(4000);
    for (const [cost, returned, window] of [
      [2500, 0, 1500],
      [600, 100, 1000],
      [600, 600, 1000],
    ] as const) {
      credit.debit(cost);
      credit.consume(cost);
      expect([credit.settle(1000), credit.window, credit.left + credit.owed]).toEqual([returned, window, window]);
    }
  });

  it("returns all that is owed at once, and once", () => {
    const credit = receiving(1000, 900);
    credit.consume(300);
    credit.consume(400);
    expect([credit.left, credit.owed]).toEqual([100, 700]);
    expect(credit.settle()).toBe(700);
    expect([credit.left, credit.owed, credit.due]).toEqual([800, 0, false]);
    expect(credit.settle()).toBe(0);
  });
});
