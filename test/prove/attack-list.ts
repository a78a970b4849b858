// What is tried against a default server, from outside and with a certificate that it trusts. Each attack ends by itself.
import { setTimeout as after } from "node:timers/promises";
import {
  cancel,
  drain,
  END,
  FIRST,
  firstFragment,
  frame,
  hello,
  LAST,
  message,
  ONE_WAY,
  open,
  ping,
  u32,
  value,
  window,
} from "../support/raw-frame.js";
import { Attacker, rawSocket, type Site } from "./attacker.js";

/** One way to do harm. */
export interface Attack {
  readonly name: string;
  /** Resolves with how the server ended its connections: a reason for each, or what else became of it. */
  readonly run: (site: Site) => Promise<readonly string[]>;
}

/** How long an attack goes on that the server does not end. */
const attackMs = 3_000;
/** The server may wait so long for a peer that does not read, or says nothing: threats are given less than a minute. */
const patienceMs = 20_000;

const wait = "Probe/wait";

/** Sends what `next` makes, a batch at a time, until the server ends the connection or the time is over. */
async function flood(site: Site, next: (round: number) => Buffer, attacker?: Attacker): Promise<readonly string[]> {
  const by = attacker ?? (await Attacker.connect(site));
  const until = performance.now() + attackMs;
  for (let round = 0; by.isOpen && performance.now() < until; round++) {
    await by.send(next(round));
    // The loop is the attacker's as well: it hears how it ends.
    await after(0);
  }
  return endOf(by, 1_000);
}

/** How a connection ended, waiting for that as long as told; who is still there then leaves. */
async function endOf(attacker: Attacker, ms: number): Promise<readonly string[]> {
  const patience = new AbortController();
  const ended = await Promise.race([
    attacker.closed.then(() => attacker.end),
    after(ms, attacker.reason ?? "served on", { signal: patience.signal }).catch(() => ""),
  ]);
  patience.abort();
  attacker.leave();
  await attacker.closed;
  return [ended];
}

function many(count: number, make: (index: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
}

/** Ids as a client counts them, over all rounds. */
function ids(): () => number {
  let last = -1;
  return () => (last += 2);
}

export const attacks: readonly Attack[] = [
  {
    name: "calls that are opened and cancelled at once",
    run: (site) => {
      const id = ids();
      return flood(site, () =>
        many(500, () => {
          const next = id();
          return Buffer.concat([open(next, wait), cancel(next)]);
        }),
      );
    },
  },
  {
    name: "calls beyond every limit",
    run: (site) => {
      const id = ids();
      return flood(site, () => many(1_000, () => open(id(), wait)));
    },
  },
  {
    name: "calls of a method that is not there",
    run: (site) => {
      const id = ids();
      return flood(site, () => many(500, () => open(id(), "Nobody/knows")));
    },
  },
  {
    name: "one-way calls without an end",
    run: (site) => {
      const id = ids();
      return flood(site, () =>
        many(500, () => open(id(), "Probe/note", { flags: LAST | END | ONE_WAY, body: value(["x"]) })),
      );
    },
  },
  {
    name: "as many quick calls as may be open, on 20 connections",
    run: async (site) => {
      const attackers = await Promise.all(Array.from({ length: 20 }, () => Attacker.connect(site)));
      const until = performance.now() + attackMs;
      const ends = attackers.map(async (attacker) => {
        const id = ids();
        for (let calls = 1_000; attacker.isOpen && performance.now() < until; calls += 1_000) {
          await attacker.send(many(1_000, () => open(id(), "Probe/withdraw", { body: value(["a", 30]) })));
          await attacker.answered(calls);
        }
        return endOf(attacker, 1_000);
      });
      return (await Promise.all(ends)).flat();
    },
  },
  {
    name: "as many calls as may be open, without an end, on 70 connections",
    run: async (site) => {
      const attackers = await Promise.all(Array.from({ length: 70 }, () => Attacker.connect(site)));
      for (const attacker of attackers) {
        const id = ids();
        await attacker.send(many(1_000, () => open(id(), wait)));
      }
      await after(attackMs);
      const ends: string[] = [];
      for (const attacker of attackers) ends.push(...(await endOf(attacker, 10)));
      return ends;
    },
  },
  {
    name: "as many calls as may be open, of one deadline, on 70 connections",
    run: async (site) => {
      const attackers = await Promise.all(Array.from({ length: 70 }, () => Attacker.connect(site)));
      const until = performance.now() + attackMs;
      for (const attacker of attackers) {
        const id = ids();
        const timeoutMs = Math.max(1, Math.round(until - performance.now()));
        await attacker.send(many(900, () => open(id(), wait, { timeoutMs })));
      }
      await Promise.all(attackers.map((attacker) => attacker.answered(900)));
      const ends = await Promise.all(attackers.map((attacker) => endOf(attacker, 100)));
      return ends.flat();
    },
  },
  { name: "PINGs, with the answers read", run: (site) => flood(site, () => many(2_000, () => ping())) },
  {
    name: "PINGs, and nobody reads the answers",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      attacker.stopReading();
      return flood(site, () => many(2_000, () => ping()), attacker);
    },
  },
  {
    name: "WINDOW by WINDOW of one byte",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      await attacker.send(open(1, wait));
      return flood(site, () => many(2_000, () => window(1, 1)), attacker);
    },
  },
  { name: "frames of no bytes", run: (site) => flood(site, () => many(10_000, () => u32(0))) },
  {
    name: "frames of kinds that have to be ignored",
    run: (site) => flood(site, () => many(10_000, () => frame(0x80, 0, 0))),
  },
  {
    name: "messages of one byte each",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      await attacker.send(open(1, "Probe/hold", { flags: LAST }));
      return flood(site, () => many(5_000, () => message(1, value(1))), attacker);
    },
  },
  {
    name: "items of no bytes that nobody takes, each in a chunk of bytes that are ignored",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      const streams = [1, 3, 5, 7];
      await attacker.send(...streams.map((id) => open(id, "Probe/hold", { flags: LAST })));
      const padding = frame(0x80, 0, 0, Buffer.alloc(16_300));
      for (const id of streams) {
        for (let items = 0; items < 7_600 && attacker.isOpen; items += 100) {
          await attacker.send(many(100, () => Buffer.concat([message(id, value(new Uint8Array(0))), padding])));
        }
      }
      return endOf(attacker, 1_000);
    },
  },
  {
    name: "calls with as much metadata as they can have",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      const id = ids();
      const metadata = value(Object.fromEntries(Array.from({ length: 1_500 }, (_, key) => [`${key}`, ""])));
      const until = performance.now() + attackMs;
      for (let calls = 100; attacker.isOpen && performance.now() < until; calls += 100) {
        await attacker.send(many(100, () => open(id(), "Probe/withdraw", { metadata, body: value(["a", 30]) })));
        await attacker.answered(calls);
      }
      return endOf(attacker, 1_000);
    },
  },
  {
    name: "a message in fragments of one byte each",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      await attacker.send(open(1, "Probe/hold", { flags: LAST }), firstFragment(1, 4_000_000, Buffer.from([0xc6])));
      return flood(site, () => many(5_000, () => message(1, Buffer.from([0]), 0)), attacker);
    },
  },
  {
    name: "frames in records of TLS of one byte each",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      const ignored = many(200, () => frame(0x80, 0, 0));
      const until = performance.now() + attackMs;
      while (attacker.isOpen && performance.now() < until) {
        await attacker.sendBytewise(ignored);
        await after(0);
      }
      return endOf(attacker, 1_000);
    },
  },
  {
    name: "frames for a stream that has ended",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      await attacker.send(open(1, "Nobody/knows"));
      return flood(site, () => many(5_000, () => message(1, value(1))), attacker);
    },
  },
  {
    name: "a length of 4 GiB",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      await attacker.send(u32(2 ** 32 - 1), Buffer.alloc(1_000));
      return endOf(attacker, 5_000);
    },
  },
  {
    name: "messages that claim the most and never come, on every stream",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      const id = ids();
      const chunk = Buffer.alloc(15_000);
      await attacker.send(many(1_000, () => open(id(), "Probe/tally", { flags: 0, total: 4_000_000, body: chunk })));
      return endOf(attacker, attackMs);
    },
  },
  {
    name: "arguments that nest as deep as they can, and deeper",
    run: (site) => {
      const id = ids();
      const deep = Buffer.alloc(60_000, 0x91);
      return flood(site, () => many(20, () => open(id(), "Probe/forward", { body: deep })));
    },
  },
  {
    name: "arguments of as many values as they can have",
    run: (site) => {
      const id = ids();
      const wide = Buffer.concat([Buffer.from([0xdc, 0xea, 0x60]), Buffer.alloc(60_000, 0xc0)]);
      return flood(site, () => many(20, () => open(id(), "Probe/forward", { body: wide })));
    },
  },
  {
    name: "arguments that claim millions of elements",
    run: (site) => {
      const id = ids();
      const claim = Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]);
      return flood(site, () => many(500, () => open(id(), "Probe/forward", { body: claim })));
    },
  },
  {
    name: "bytes of a decoder's tricks: records, extensions, prototypes",
    run: (site) => {
      const id = ids();
      const tricks = [
        Buffer.from([0x91, 0xd4, 0x72, 0x40]),
        Buffer.from([0x91, 0xc7, 0x08, 0x65, 1, 2, 3, 4, 5, 6, 7, 8]),
        Buffer.concat([Buffer.from([0x91, 0x81]), value("__proto__"), value({ polluted: true })]),
        Buffer.from([0x91, 0xc1]),
      ];
      return flood(site, (round) =>
        many(500, (index) => open(id(), "Probe/forward", { body: tricks[(round + index) % 4] as Buffer })),
      );
    },
  },
  {
    name: "answers of megabytes that nobody reads",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      attacker.stopReading();
      const id = ids();
      await attacker.send(
        window(0, 2 ** 30),
        many(200, () => {
          const next = id();
          return Buffer.concat([
            open(next, "Probe/blocks", { body: value([1_000_000, 65_536]) }),
            window(next, 2 ** 30),
          ]);
        }),
      );
      return endOf(attacker, patienceMs);
    },
  },
  {
    name: "answers of a megabyte, and no credit for them",
    run: (site) => {
      const id = ids();
      const parcel = { id: 1, label: "", weight: 1, tags: [], sent: new Date(0), content: Buffer.alloc(1_000_000) };
      const body = value([parcel]);
      const parts = Array.from({ length: 20 }, (_, part) => body.subarray(part * 60_000, (part + 1) * 60_000)).filter(
        ({ length }) => length > 0,
      );
      const call = (next: number): Buffer =>
        Buffer.concat(
          parts.map((part, index) => {
            if (index === 0) return open(next, "Probe/forward", { flags: 0, total: body.length, body: part });
            return message(next, part, index === parts.length - 1 ? LAST | END : 0);
          }),
        );
      const greeting = hello({ window: 16_384, connectionWindow: 16_384, reserve: 0 });
      return Attacker.connect(site, greeting).then((attacker) => flood(site, () => call(id()), attacker));
    },
  },
  {
    name: "small answers by the thousand that nobody reads",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      attacker.stopReading();
      const id = ids();
      return flood(site, () => many(500, () => open(id(), "Probe/timeLeft")), attacker);
    },
  },
  {
    name: "a frame that comes a byte a second",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      await attacker.send(u32(60_000));
      for (let sent = 0; attacker.isOpen && sent < 5; sent++) {
        await attacker.send(Buffer.from([0]));
        await after(1_000);
      }
      return endOf(attacker, 0);
    },
  },
  {
    name: "a HELLO that is refused, again and again",
    run: async (site) => {
      const ends: string[] = [];
      for (let attempt = 0; attempt < 100; attempt++) {
        const attacker = await Attacker.connect(site, hello({ window: 1 }));
        ends.push(...(await endOf(attacker, 5_000)));
      }
      return ends;
    },
  },
  {
    name: "HELLO after HELLO",
    run: (site) => flood(site, () => many(100, () => hello())),
  },
  {
    name: "DRAIN after DRAIN",
    run: (site) => flood(site, () => many(100, () => drain())),
  },
  {
    name: "500 connections over TLS that say nothing",
    run: async (site) => {
      const attackers: Attacker[] = [];
      for (let batch = 0; batch < 50; batch++) {
        attackers.push(...(await Promise.all(Array.from({ length: 10 }, () => Attacker.connect(site, undefined)))));
      }
      await after(7_000);
      const ends = await Promise.all(attackers.map((each) => endOf(each, 0)));
      return ends.flat();
    },
  },
  {
    name: "5,000 connections that never begin TLS",
    run: async (site) => {
      const sockets = await Promise.all(Array.from({ length: 5_000 }, () => rawSocket(site)));
      await after(6_000);
      const left = sockets.filter((each) => !each.destroyed && each.readable).length;
      for (const socket of sockets) socket.destroy();
      return [left === 0 ? "closed before TLS" : `${left} still open`];
    },
  },
  {
    name: "bytes that are no TLS, on 500 connections",
    run: async (site) => {
      for (let batch = 0; batch < 50; batch++) {
        const sockets = await Promise.all(Array.from({ length: 10 }, () => rawSocket(site)));
        for (const socket of sockets) socket.end("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        await after(10);
        for (const socket of sockets) socket.destroy();
      }
      return ["closed before TLS"];
    },
  },
  {
    name: "handshakes that are broken off, 500 of them",
    run: async (site) => {
      const clientHello = Buffer.from("16030100310100002d0303", "hex");
      for (let batch = 0; batch < 50; batch++) {
        const sockets = await Promise.all(Array.from({ length: 10 }, () => rawSocket(site)));
        for (const socket of sockets) socket.write(clientHello);
        await after(10);
        for (const socket of sockets) socket.resetAndDestroy();
      }
      return ["closed before TLS"];
    },
  },
  {
    name: "connections that are reset in the middle of calls",
    run: async (site) => {
      for (let attempt = 0; attempt < 100; attempt++) {
        const attacker = await Attacker.connect(site);
        const id = ids();
        await attacker.send(many(100, () => open(id(), wait)));
        attacker.leave();
      }
      return ["left by the attacker"];
    },
  },
  {
    name: "credit beyond what a number holds",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      await attacker.send(window(0, 2 ** 31 - 1), window(0, 2 ** 31 - 1));
      return endOf(attacker, 5_000);
    },
  },
  {
    name: "a second message where one was declared",
    run: async (site) => {
      const attacker = await Attacker.connect(site);
      await attacker.send(open(1, wait), message(1, value(1), FIRST | LAST));
      return endOf(attacker, 5_000);
    },
  },
];
