import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as after } from "node:timers/promises";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { Patience } from "../dist/patience.js";

afterEach(() => vi.useRealTimers());

test("what arrived while the process was held up is read before a peer's time is over", async () => {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const accepted = once(listener, "connection") as Promise<[Socket]>;
  const peer = connect((listener.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = await accepted;
  onTestFinished(() => {
    peer.destroy();
    socket.destroy();
    listener.close();
  });
  const happened: string[] = [];
  socket.once("data", () => happened.push("read"));
  const heard = once(socket, "data");
  // Among the timers of a turn, as a timer is that was due: in the rest of the turn sockets are read.
  await after(0);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  void new Patience(500, () => happened.push("over"));
  peer.write("in time");
  vi.advanceTimersByTime(500);
  await heard;
  await nextTurn();
  expect(happened).toEqual(["read", "over"]);
});

test("nobody is called who stopped it, before the time is over or in that turn", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const over = vi.fn();
  const early = new Patience(500, over);
  const late = new Patience(500, over);
  early.stop();
  vi.advanceTimersByTime(500);
  late.stop();
  await nextTurn();
  expect(over).not.toHaveBeenCalled();
});
