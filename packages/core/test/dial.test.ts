import { Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dial } from "../dist/dial.js";
import { TransportError } from "../dist/errors.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Dials sockets that go nowhere; the test says what happens to them. */
function dialing(timeoutMs: number): { readonly sockets: Socket[]; readonly opened: Promise<Socket> } {
  const sockets: Socket[] = [];
  const opened = dial({
    target: "nowhere:1",
    timeoutMs,
    readyEvent: "connect",
    start: () => {
      const socket = new Socket();
      sockets.push(socket);
      return socket;
    },
    explain: (error) => new TransportError("connect-failed", error.message),
    open: (socket) => socket,
  });
  return { sockets, opened };
}

test("a host that does not answer for 2 s is asked by a new socket, and the one that is answered is opened", async () => {
  const { sockets, opened } = dialing(10_000);
  for (let second = 0; second < 6; second += 2) {
    sockets.at(-1)?.emit("connectionAttempt");
    vi.advanceTimersByTime(1999);
    expect(sockets).toHaveLength(second / 2 + 1);
    vi.advanceTimersByTime(1);
  }
  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, true, false]);
  sockets.at(-1)?.emit("connect");
  expect(await opened).toBe(sockets.at(-1));
  expect(vi.getTimerCount()).toBe(0);
  sockets.at(-1)?.destroy();
});

test("looking up a name is not begun anew, and an answer ends the asking", async () => {
  const { sockets, opened } = dialing(10_000);
  vi.advanceTimersByTime(9000);
  expect(sockets).toHaveLength(1);
  sockets[0]?.emit("connectionAttempt");
  sockets[0]?.emit("connect");
  await opened;
  vi.advanceTimersByTime(100_000);
  expect(sockets).toHaveLength(1);
  sockets[0]?.destroy();
});

test("asking anew does not stretch the one limit over all of it", async () => {
  const { sockets, opened } = dialing(5000);
  const failed = opened.catch((error: unknown) => error);
  for (let second = 0; second < 5; second++) {
    sockets.at(-1)?.emit("connectionAttempt");
    vi.advanceTimersByTime(1000);
    vi.advanceTimersByTime(1000);
  }
  expect(await failed).toMatchObject({ code: "timeout" });
  expect(sockets).toHaveLength(3);
  expect(sockets.every(({ destroyed }) => destroyed)).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
