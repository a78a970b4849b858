// Who speaks when, before both sides are ready. PROTOCOL.md §5.
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect } from "@tautline/rpc";
import { expect, test } from "vitest";
import { makeCertificates } from "./support/certificates.js";
import { ProbeClient } from "./support/contract/probe.rpc.js";
import { hello, kinds } from "./support/raw-frame.js";
import { RawListener } from "./support/raw-peer.js";

/** What is on its way over loopback is there after fewer. */
const turns = 100;

// Holds PROTOCOL.md §5.1, §5.2.
test("a client says HELLO at once, and nothing behind it until it knows the server's limits", async () => {
  const certificates = await makeCertificates();
  const listener = await RawListener.listen("tcp", certificates);
  const channel = connect(`tcp://127.0.0.1:${listener.port}`, { insecure: true });
  const call = new ProbeClient(channel).withdraw("a", 1).catch(() => "given up");
  const peer = await listener.accept();
  expect(await peer.next()).toMatchObject({ kind: kinds.hello });

  let early: unknown;
  const next = peer.next().then((frame) => (early = frame));
  for (let turn = 0; turn < turns; turn++) await nextTurn();
  expect(early).toBeUndefined();
  peer.send(hello());
  expect(await next).toMatchObject({ kind: kinds.open, stream: 1 });

  await channel.close();
  expect(await call).toBe("given up");
  await peer.closed;
  await listener.close();
  await certificates.remove();
});
