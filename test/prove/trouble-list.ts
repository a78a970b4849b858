// What a server does to a client that trusts it. Whatever floods goes on until the client leaves.
import { setTimeout as after } from "node:timers/promises";
import {
  cancel,
  drain,
  drainAck,
  END,
  end,
  FIRST,
  firstFragment,
  frame,
  head,
  hello,
  LAST,
  message,
  open,
  ping,
  pong,
  u32,
  value,
  window,
} from "../support/raw-frame.js";
import type { Guest, Trouble } from "./hostile-server.js";

const reply = FIRST | LAST | END;

function many(count: number, of: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => of));
}

/** The same bytes again and again. */
function flood(bytes: Buffer): (guest: Guest) => Promise<void> {
  return async (guest) => {
    // The loop is that of the server, too: it hears how it ends.
    for (; guest.isOpen; await after(0)) await guest.send(bytes);
  };
}

/** Says something to each call. */
function toEach(say: (id: number) => Buffer): (guest: Guest) => Promise<void> {
  return async (guest) => {
    while (guest.isOpen) await guest.send(...(await guest.calls()).map(say));
  };
}

/** What a client wants to hear, if only it were from its server. */
const tempt = toEach((id) => message(id, value(70), reply));

/** Whoever trusts it has to come again. */
function lure(guest: Guest): Promise<unknown> | void {
  return guest.isAmongStrangers ? tempt(guest) : guest.leave();
}

/** Floods the first call. */
function floodOf(say: (id: number) => Buffer): (guest: Guest) => Promise<void> {
  return async (guest) => {
    const [id] = await guest.calls();
    if (id !== undefined) await flood(say(id))(guest);
  };
}

export const troubles: readonly Trouble[] = [
  { name: "says no HELLO", greets: false, make: () => {} },
  {
    name: "says a HELLO of 4 GiB",
    greets: false,
    make: (guest) => guest.send(u32(2 ** 32 - 1), Buffer.from([1, 0, 0, 0, 0, 0]), Buffer.from("TAUT")),
  },
  { name: "says a HELLO of 100 KB", greets: false, make: (guest) => guest.send(hello({ agent: "x".repeat(100_000) })) },
  { name: "says a HELLO that is refused", greets: false, make: (guest) => guest.send(hello({ window: 1 })) },
  { name: "says HELLO, and nothing more", make: () => {} },
  { name: "says HELLO after HELLO", make: flood(hello()) },
  {
    name: "sends items as fast as it can, whatever the credit",
    make: floodOf((id) => many(20, message(id, value(Buffer.alloc(15_000))))),
  },
  { name: "answers calls that were never made", make: flood(many(100, message(99_999, value(1), reply))) },
  { name: "answers each call a hundred times", make: toEach((id) => many(100, message(id, value(70), reply))) },
  { name: "ends each call a hundred times", make: toEach((id) => many(100, end(id))) },
  {
    name: "answers as deep as can be, and deeper",
    make: toEach((id) => message(id, Buffer.alloc(15_000, 0x91), reply)),
  },
  {
    name: "answers with as many values as there can be",
    make: toEach((id) =>
      message(id, Buffer.concat([Buffer.from([0xdc, 0x3a, 0x98]), Buffer.alloc(15_000, 0xc0)]), reply),
    ),
  },
  {
    name: "answers with claims of millions of elements",
    make: toEach((id) => message(id, Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]), reply)),
  },
  {
    name: "answers with a decoder's tricks",
    make: toEach((id) =>
      message(id, Buffer.from(id % 4 === 1 ? "d4724091a16101" : "81a95f5f70726f746f5f5f80", "hex"), reply),
    ),
  },
  {
    name: "answers with what nobody asked for",
    make: toEach((id) => message(id, value({ then: 1, constructor: 2 }), reply)),
  },
  { name: "ends calls in no words", make: toEach((id) => end(id, 13, Buffer.alloc(1_000, 0xdf))) },
  {
    name: "ends calls with errors that nobody declared",
    make: toEach((id) => end(id, 9, value({ error: "__proto__", fields: { a: 1 }, message: "x".repeat(5_000) }))),
  },
  { name: "sends metadata without an end", make: floodOf((id) => many(100, head(id, value({ a: "b" })))) },
  { name: "sends PINGs", make: flood(many(2_000, ping())) },
  {
    name: "sends PINGs, and reads no answers",
    make: (guest) => {
      guest.stopReading();
      return flood(many(2_000, ping()))(guest);
    },
  },
  { name: "sends PONGs that nobody asked for", make: flood(many(1_000, pong(Buffer.alloc(8)))) },
  { name: "gives credit byte by byte", make: floodOf((id) => many(2_000, window(id, 1))) },
  { name: "gives more credit than a number holds", make: flood(window(0, 2 ** 31 - 1)) },
  { name: "sends frames of no bytes", make: flood(many(10_000, u32(0))) },
  { name: "sends frames of kinds that have to be ignored", make: flood(many(5_000, frame(0x80, 0, 0))) },
  {
    name: "sends frames in records of TLS of one byte each",
    make: async (guest) => {
      const ignored = many(200, frame(0x80, 0, 0));
      for (; guest.isOpen; await after(0)) await guest.sendBytewise(ignored);
    },
  },
  { name: "sends a length of 4 GiB", make: (guest) => guest.send(u32(2 ** 32 - 1), Buffer.alloc(1_000)) },
  {
    name: "claims 4 MB for each answer, and sends none",
    make: toEach((id) => firstFragment(id, 4_000_000, Buffer.alloc(1))),
  },
  {
    name: "answers in fragments of one byte",
    make: async (guest) => {
      const [id] = await guest.calls();
      if (id === undefined) return;
      await guest.send(firstFragment(id, 4_000_000, Buffer.from([0xc6])));
      await flood(many(2_000, message(id, Buffer.alloc(1), 0)))(guest);
    },
  },
  {
    name: "sends a frame a byte a second",
    make: async (guest) => {
      await guest.send(u32(15_000));
      for (; guest.isOpen; await after(1_000)) await guest.send(Buffer.from([3]));
    },
  },
  { name: "goes away at once, always", make: (guest) => guest.goAway("none") },
  { name: "goes away for a reason, always", make: (guest) => guest.goAway("excessive-load") },
  { name: "breaks the connection before HELLO, always", greets: false, make: (guest) => guest.leave() },
  { name: "breaks the connection behind HELLO, always", make: (guest) => guest.leave() },
  {
    name: "breaks the connection at the first call, always",
    make: async (guest) => {
      await guest.calls();
      guest.leave();
    },
  },
  { name: "drains at once, always", make: (guest) => guest.send(drain()) },
  { name: "drains without an end", make: flood(many(100, drain())) },
  { name: "acknowledges what nobody asked for", make: flood(drainAck(1)) },
  { name: "calls its client", make: flood(many(100, open(2, "Probe/wait"))) },
  { name: "cancels its client's calls", make: toEach((id) => cancel(id)) },
  {
    name: "reads nothing",
    make: (guest) => {
      guest.stopReading();
      return guest.send(window(0, 2 ** 30));
    },
  },
  {
    name: "shows a certificate of a client when it is asked again",
    turnsInto: ({ own }) => own.client,
    make: lure,
  },
  {
    name: "shows a certificate of another authority",
    shows: ({ foreign }) => foreign.server,
    outcome: "unauthenticated: peer-untrusted",
    make: tempt,
  },
  {
    name: "shows a certificate of another authority when it is asked again",
    turnsInto: ({ foreign }) => foreign.server,
    make: lure,
  },
];
