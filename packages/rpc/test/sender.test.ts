import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { checkLimits } from "../dist/limits.js";
import { Sender } from "../dist/sender.js";
import { silent, Stream } from "../dist/stream.js";
import { WaitingAnswers } from "../dist/waiting-answers.js";
import { messageOf } from "./support/flow-model.js";
import { SinkTransport } from "./support/sink-transport.js";

/** As a transport that has ended: there will be no room, and nobody has to wait for any. */
class EndedTransport extends SinkTransport {
  asked = 0;
  override writable = false;

  override drained(): Promise<void> {
    this.asked++;
    return Promise.resolve();
  }
}

it("a connection that ended, of which nobody has told yet, is asked for room once in a turn of the loop", async () => {
  const transport = new EndedTransport();
  const answers = new WaitingAnswers(checkLimits({}), {
    isWritable: () => false,
    roomForAnswer: () => {},
    untaken: () => {},
  });
  const host = { write: () => false, opening: () => {}, written: () => {} };
  const sender = new Sender(transport, checkLimits({}), { fragmentBytes: 16_384, answers, host });
  sender.push(new Stream("acceptor", false, 65_536, 65_536, silent), messageOf(10));
  const turns = 5;
  for (let turn = 0; turn < turns; turn++) await nextTurn();
  expect(transport.asked).toBeGreaterThan(1);
  expect(transport.asked).toBeLessThanOrEqual(turns + 1);
  sender.stop();
  await nextTurn();
  const { asked } = transport;
  await nextTurn();
  expect(transport.asked).toBe(asked);
});
