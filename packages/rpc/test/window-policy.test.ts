import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReceiveCredit } from "../dist/flow-control.js";
import { WidenedBytes, WindowPolicy } from "../dist/window-policy.js";

const kiB = 1024;
const most = 1024 * kiB;

/** All of a stream's window comes, and is consumed, `times` times, each a while after the last. Returns its windows then. */
function readAll(policy: WindowPolicy, credit: ReceiveCredit, times: number, at = 0): number[] {
  return Array.from({ length: times }, () => {
    const { left } = credit;
    credit.debit(left);
    credit.consume(left);
    policy.settleStream(credit, 0, at);
    return credit.window;
  });
}

describe("a stream's window", () => {
  it("doubles as often as it is used, up to the most, while its reader keeps up", () => {
    const credit = new ReceiveCredit(256 * kiB);
    expect(readAll(new WindowPolicy(most), credit, 4)).toEqual([512 * kiB, most, most, most]);
  });

  it("stays as it was at first for a reader that does not keep up, and goes back to that", () => {
    const policy = new WindowPolicy(most);
    const credit = new ReceiveCredit(256 * kiB);
    readAll(policy, credit, 1);
    credit.debit(300 * kiB);
    for (let taken = 0; taken < 3; taken++) {
      credit.debit(100 * kiB);
      credit.consume(100 * kiB);
      policy.settleStream(credit, 300 * kiB, 0);
    }
    expect(credit.window).toBe(256 * kiB);
  });

  it("is not widened by what is returned for another reason than that much was consumed", () => {
    const credit = new ReceiveCredit(256 * kiB);
    credit.debit(100);
    credit.consume(100);
    expect([new WindowPolicy(most).settleStream(credit, 0, 0), credit.window]).toEqual([100, 256 * kiB]);
  });

  it("is left as it is where it was more than the most from the start", () => {
    expect(readAll(new WindowPolicy(100), new ReceiveCredit(1000), 3)).toEqual([1000, 1000, 1000]);
  });
});

describe("all windows of a process", () => {
  it("are widened together as far as they may be, to the byte, and no further", () => {
    const together = new WidenedBytes();
    const policies = Array.from({ length: 3 }, () => new WindowPolicy(most, 400 * kiB + 1, together));
    const windows = policies.map((policy) => readAll(policy, new ReceiveCredit(256 * kiB), 3).at(-1));
    expect(windows).toEqual([656 * kiB + 1, 256 * kiB, 256 * kiB]);
    expect(together.total).toBe(400 * kiB + 1);
  });

  it("count those of a connection and of its streams, until a stream is closed or the connection ended", () => {
    const together = new WidenedBytes();
    const policy = new WindowPolicy(most, 10 * most, together);
    const [connection, first, second] = [256, 256, 128].map((size) => new ReceiveCredit(size * kiB)) as [
      ReceiveCredit,
      ReceiveCredit,
      ReceiveCredit,
    ];
    readAll(policy, first, 1);
    readAll(policy, second, 1);
    connection.debit(256 * kiB);
    connection.consume(256 * kiB);
    policy.settleConnection(connection, 0, 0);
    expect(together.total).toBe((256 + 256 + 128) * kiB);
    policy.closed(first);
    expect(together.total).toBe((256 + 128) * kiB);
    const other = new WindowPolicy(most, 10 * most, together);
    readAll(other, new ReceiveCredit(64 * kiB), 1);
    policy.ended();
    expect(together.total).toBe(64 * kiB);
  });
});

describe("beside small calls", () => {
  /** A policy that has seen 512 KiB consumed per ms, over a way of 1 ms. */
  function busy(): WindowPolicy {
    const policy = new WindowPolicy(64 * most);
    const connection = new ReceiveCredit(1024 * kiB);
    for (let at = 0; at <= 20; at++) {
      connection.debit(512 * kiB);
      connection.consume(512 * kiB);
      policy.settleConnection(connection, 0, at);
    }
    policy.roundTrip(5);
    policy.roundTrip(1);
    policy.roundTrip(3);
    return policy;
  }

  it("a window is what comes within the shortest round trip and 2 ms, however wide it was", () => {
    const policy = busy();
    const credit = new ReceiveCredit(256 * kiB);
    readAll(policy, credit, 5, 20);
    expect(credit.window).toBe(8192 * kiB);
    policy.called(30);
    expect(readAll(policy, credit, 2, 100).at(-1)).toBe(3 * 512 * kiB);
  });

  it("is never less than it was at first", () => {
    const credit = new ReceiveCredit(256 * kiB);
    const policy = new WindowPolicy(most);
    policy.called(0);
    expect(readAll(policy, credit, 2, 50)).toEqual([256 * kiB, 256 * kiB]);
  });

  it("doubles again 100 ms after the last one", () => {
    const policy = busy();
    const credit = new ReceiveCredit(256 * kiB);
    policy.called(30);
    expect(readAll(policy, credit, 1, 129)).toEqual([1536 * kiB]);
    expect(readAll(policy, credit, 1, 130)).toEqual([3072 * kiB]);
  });
});

it("asks for the round trip once in 100 ms, and only while credit is returned", () => {
  const policy = new WindowPolicy(most);
  expect([0, 1, 99, 100, 101, 500].filter((at) => policy.asks(at))).toEqual([0, 100, 500]);
});

it("never widens a connection's streams by more than the most, all together, whatever happens", () => {
  const step = fc.record({
    stream: fc.nat({ max: 4 }),
    kind: fc.constantFrom("read", "read", "read", "read", "read", "read", "wait", "call", "close"),
    at: fc.nat({ max: 120 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const policy = new WindowPolicy(most);
      const streams = Array.from({ length: 5 }, () => new ReceiveCredit(256 * kiB));
      let now = 0;
      for (const { stream, kind, at } of steps) {
        now += at;
        const credit = streams[stream] as ReceiveCredit;
        if (kind === "call") policy.called(now);
        else if (kind === "close") {
          policy.closed(credit);
          streams[stream] = new ReceiveCredit(256 * kiB);
        } else {
          const { left } = credit;
          credit.debit(left);
          credit.consume(left);
          policy.settleStream(credit, kind === "wait" ? left : 0, now);
          expect(credit.window).toBeGreaterThanOrEqual(credit.initial);
          expect(credit.left + credit.owed).toBe(credit.window);
        }
        const widened = streams.reduce((sum, { window, initial }) => sum + window - initial, 0);
        expect(widened).toBeLessThanOrEqual(most);
      }
    }),
  );
});
