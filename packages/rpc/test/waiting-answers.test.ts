import { setImmediate as nextTurn } from "node:timers/promises";
import { memoryPair } from "@tautline/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Frame } from "../dist/frame.js";
import { frameFraming } from "../dist/framing.js";
import { defaultLimits } from "../dist/limits.js";
import { spanOf } from "../dist/span.js";
import type { Stream } from "../dist/stream.js";
import { WaitingAnswers, WaitingTogether, type Answering } from "../dist/waiting-answers.js";
import { hello, openFrame, serverSession } from "./support/sessions.js";
import { SinkTransport } from "./support/sink-transport.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const mebibyte = 1024 * 1024;
const nothing = new Uint8Array(0);

function watch(maxWaitingBytes = Infinity, maxWaitingTogether = Infinity, together = new WaitingTogether()) {
  const host = {
    writable: true,
    isWritable: () => host.writable,
    roomForAnswer: vi.fn<() => void>(),
    untaken: vi.fn<(bytes: number) => void>(),
  };
  const pass = async (ms: number): Promise<void> => {
    vi.advanceTimersByTime(ms);
    await nextTurn();
  };
  const answers = new WaitingAnswers({ maxWaitingBytes, maxWaitingTogether }, host, together);
  return { host, answers, pass };
}

const call = (): Answering => ({ waitingBytes: 0 });

test("there is room until more than the bound waits, and again when enough was taken or dropped, which is told once", () => {
  const { host, answers } = watch(100);
  const [long, short] = [call(), call()];
  answers.add(long, 100);
  expect(answers.hasRoom).toBe(true);
  answers.add(short, 2);
  expect(answers.hasRoom).toBe(false);
  answers.taken(long, 1);
  expect(answers.hasRoom).toBe(false);
  expect(host.roomForAnswer).not.toHaveBeenCalled();
  answers.taken(long, 1);
  expect(answers.hasRoom).toBe(true);
  answers.taken(long, 50);
  expect(host.roomForAnswer).toHaveBeenCalledTimes(1);
  answers.add(short, 100);
  expect(answers.hasRoom).toBe(false);
  answers.dropped(short);
  expect(answers.hasRoom).toBe(true);
  expect(host.roomForAnswer).toHaveBeenCalledTimes(2);
  expect([long.waitingBytes, short.waitingBytes]).toEqual([48, 0]);
});

test("an answer that is there may wait where a mebibyte does, and beyond as far as all connections together may", () => {
  const together = new WaitingTogether();
  const many = watch(Infinity, 3 * mebibyte, together).answers;
  const few = watch(Infinity, 3 * mebibyte, together).answers;
  const [long, short] = [call(), call()];
  few.add(short, mebibyte);
  many.add(long, 2 * mebibyte);
  expect([many.mayWait, few.mayWait]).toEqual([true, true]);
  many.add(long, 1);
  expect([many.mayWait, few.mayWait]).toEqual([false, true]);
  few.add(short, 1);
  expect(few.mayWait).toBe(false);
  // Whatever is told of a connection that is over.
  few.stop();
  few.dropped(short);
  few.add(short, mebibyte);
  expect([many.mayWait, together.total]).toEqual([true, 2 * mebibyte + 1]);
  many.dropped(long);
  expect(together.total).toBe(0);
});

test("a mebibyte may wait for ever, and a byte more for 10 s", async () => {
  const { host, answers, pass } = watch();
  answers.add(call(), mebibyte);
  await pass(60_000);
  expect(vi.getTimerCount()).toBe(0);
  answers.add(call(), 1);
  await pass(9_999);
  expect(host.untaken).not.toHaveBeenCalled();
  await pass(1);
  expect(host.untaken.mock.calls).toEqual([[mebibyte + 1]]);
});

test("whoever takes some has 10 s for the next, from when too much waits, and the system's time does not count", async () => {
  const { host, answers, pass } = watch();
  const long = call();
  answers.add(long, mebibyte + 10);
  for (let taken = 0; taken < 5; taken++) {
    await pass(9_000);
    answers.taken(long, 1);
  }
  await pass(1_000);
  answers.taken(long, 5);
  // Enough was taken, 9 s ago; now there is too much again.
  await pass(9_000);
  answers.add(long, 1);
  await pass(5_000);
  host.writable = false;
  await pass(30_000);
  host.writable = true;
  await pass(5_000);
  expect(host.untaken).not.toHaveBeenCalled();
  await pass(10_000);
  expect(host.untaken).toHaveBeenCalledOnce();
  expect(vi.getTimerCount()).toBe(0);
});

test("V20: a peer that takes none of its answers for 10 s is told, and left with its calls", async () => {
  const [client, transport] = memoryPair(frameFraming(defaultLimits));
  const accepted: Stream[] = [];
  const session = serverSession(transport, {
    owner: { accept: (_, stream) => void accepted.push(stream), takesNoMore() {} },
  });
  client.send(hello);
  for (const id of [1, 3, 5])
    client.send(openFrame(id, nothing, { path: "a/b", end: true, total: 1, ...spanOf(Buffer.of(0x90)) }));
  while (accepted.length < 3) await nextTurn();
  // The first takes all of the connection's credit.
  for (const stream of accepted) session.send(stream, spanOf(new Uint8Array(mebibyte)), true);
  const heard = (async () => {
    const kinds: unknown[] = [];
    for await (const frames of client) kinds.push(...frames);
    return kinds.at(-1);
  })();
  await nextTurn();
  vi.advanceTimersByTime(9_999);
  await nextTurn();
  expect(session.state).toBe("open");
  vi.advanceTimersByTime(1);
  await nextTurn();
  expect(await heard).toMatchObject({ kind: "go-away", reason: "excessive-load" });
  await client.close();
  await session.closed;
  expect(vi.getTimerCount()).toBe(0);
});

test("V20: a mebibyte of what waits for the peer is borne when it is answered, and not a byte more", async () => {
  const sent: string[] = [];
  const ping: Frame = { kind: "ping", opaque: Buffer.alloc(8) };
  class FullTransport extends SinkTransport {
    override send(frame: Frame = hello): boolean {
      if (frame.kind === "go-away") sent.push(frame.reason);
      else if (frame.kind === "pong") sent.push("pong");
      return true;
    }
    override async *[Symbol.asyncIterator](): AsyncGenerator<readonly Frame[], undefined> {
      yield [hello];
      this.queuedBytes = mebibyte;
      yield [ping];
      sent.push("is borne");
      this.queuedBytes++;
      yield [ping];
    }
  }
  const session = serverSession(new FullTransport());
  await session.ready;
  await nextTurn();
  expect(sent).toEqual(["pong", "is borne", "pong", "excessive-load"]);
  expect(session.ended).toMatchObject({ code: "unavailable", cause: { reason: "excessive-load" } });
});
