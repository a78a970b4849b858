// Every violation of PROTOCOL.md §14 as bytes. In each case the connection is greeted and its client has opened stream 1,
// which the server is still serving; `beforeHello` cases begin with nothing.
import type { Limits } from "@tautline/rpc";
import {
  cancel,
  drain,
  drainAck,
  end,
  END,
  FIRST,
  firstFragment,
  frame,
  head,
  hello,
  kinds,
  LAST,
  message,
  ONE_WAY,
  open,
  ping,
  pong,
  POSITIONAL,
  u16,
  u32,
  u8,
  value,
  window,
  type Reason,
} from "./raw-frame.js";

export interface ViolationCase {
  readonly violation: `V${number}`;
  readonly what: string;
  readonly reason: Reason;
  readonly bytes: readonly Uint8Array[];
  readonly beforeHello?: true;
  /** Limits of the side under test. */
  readonly limits?: Partial<Limits>;
  /** The server drains first, and these bytes come behind its DRAIN. */
  readonly draining?: true;
}

const none = Buffer.alloc(0);
const bytes = (length: number): Buffer => Buffer.alloc(length, 0xc0);
const most = 2 ** 31 - 1;
const maxFrameBytes = 65_536;

function violation(
  name: ViolationCase["violation"],
  reason: Reason,
  cases: Readonly<Record<string, Uint8Array | readonly Uint8Array[]>>,
  more: Partial<Pick<ViolationCase, "beforeHello" | "limits" | "draining">> = {},
): ViolationCase[] {
  return Object.entries(cases).map(([what, sent]) => ({
    violation: name,
    what,
    reason,
    bytes: sent instanceof Uint8Array ? [sent] : sent,
    ...more,
  }));
}

/** What either side may be sent. */
export const anySide: readonly ViolationCase[] = [
  ...violation(
    "V1",
    "bad-hello",
    {
      "a PING as the first frame": ping(),
      "a HELLO with another magic": frame(kinds.hello, 0, 0, Buffer.from("TAUX"), u8(1), value({})),
      "an HTTP request": Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      "an HTTP response": Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
      "a HELLO with a flag": frame(kinds.hello, 1, 0, Buffer.from("TAUT"), u8(1), value({})),
      "a HELLO longer than 65,536 bytes": hello({ agent: "", extensions: { long: "x".repeat(65_536) } }),
      "a first frame of length 0": u32(0),
    },
    { beforeHello: true },
  ),
  ...violation(
    "V2",
    "bad-hello",
    {
      "version 2": hello({}, 2),
      "version 0": hello({}, 0),
      "HELLO without a version": frame(kinds.hello, 0, 0, Buffer.from("TAUT")),
      "settings that are an array": hello(value([1])),
      "settings that are missing": hello(none),
      "settings with bytes behind them": hello(Buffer.concat([value({}), u8(0xc0)])),
      "settings with the key __proto__": hello(Buffer.from("81a95f5f70726f746f5f5f80", "hex")),
      "a window that is too small": hello({ window: 16_383 }),
      "a window above 2^31-1": hello({ window: 2 ** 31 }),
      "a window that is text": hello({ window: "262144" }),
      "a window that is nil": hello({ window: null }),
      "a maxFrameBytes that is not whole": hello({ maxFrameBytes: 20_000.5 }),
      "a maxFrameBytes above 16 MiB": hello({ maxFrameBytes: 16_777_217 }),
      "a maxMessageBytes that is too small": hello({ maxMessageBytes: 0 }),
      "a maxMetadataBytes above 15,000": hello({ maxMetadataBytes: 15_001 }),
      "a maxCalls of 0": hello({ maxCalls: 0 }),
      "a negative connectionWindow": hello({ connectionWindow: -1 }),
      "a reserve above the window": hello({ window: 16_384, reserve: 16_385 }),
      "an agent that is a number": hello({ agent: 7 }),
      "an agent of more than 256 bytes": hello({ agent: "é".repeat(129) }),
      "services that are an array": hello({ services: [bytes(8)] }),
      "a service's fingerprint of 7 bytes": hello({ services: { Probe: bytes(8), Other: bytes(7) } }),
      "a service's fingerprint as text": hello({ services: { Probe: "12345678" } }),
    },
    { beforeHello: true },
  ),
  ...violation("V3", "protocol-error", { "a second HELLO": hello() }),
  ...violation("V4", "frame-too-large", {
    "a length one above the limit": u32(maxFrameBytes + 1),
    "the greatest length": u32(0xffff_ffff),
    "a length above the limit behind a good frame": [ping(), u32(maxFrameBytes + 1), u8(kinds.ping)],
  }),
  ...violation("V5", "protocol-error", {
    "a payload of 0 bytes": u32(0),
    "a payload of 5 bytes": [u32(5), bytes(5)],
    "a PING of 7 bytes": frame(kinds.ping, 0, 0, bytes(7)),
    "a PING of 9 bytes": frame(kinds.ping, 0, 0, bytes(9)),
    "a PONG of 7 bytes": frame(kinds.pong, 0, 0, bytes(7)),
    "a WINDOW of 3 bytes": frame(kinds.window, 0, 0, bytes(3)),
    "a WINDOW of 5 bytes": frame(kinds.window, 0, 0, u32(1), u8(0)),
    "an END without a code": frame(kinds.end, 0, 1),
    "a DRAIN of 3 bytes": frame(kinds.drain, 0, 0, bytes(3)),
    "a DRAIN of 5 bytes": frame(kinds.drain, 0, 0, bytes(5)),
    "a DRAIN_ACK of 3 bytes": frame(kinds.drainAck, 0, 0, bytes(3)),
    "a GOAWAY of 4 bytes": frame(kinds.goAway, 0, 0, bytes(4)),
    "a first fragment without a whole total": frame(kinds.message, FIRST, 1, bytes(3)),
  }),
  ...violation("V6", "protocol-error", {
    "kind 0x00": frame(0x00, 0, 0),
    "kind 0x0d, which is reserved": frame(0x0d, 0, 0),
    "kind 0x0e, which is reserved": frame(0x0e, 0, 0),
    "kind 0x0f, which is reserved": frame(0x0f, 0, 0),
    "kind 0x10": frame(0x10, 0, 0),
    "kind 0x7f": frame(0x7f, 0, 0),
  }),
  ...violation("V7", "protocol-error", {
    "PING with a flag": frame(kinds.ping, 1, 0, bytes(8)),
    "WINDOW with a flag": frame(kinds.window, 2, 0, u32(1)),
    "END with a flag": frame(kinds.end, 4, 1, u8(0)),
    "DRAIN with a flag": frame(kinds.drain, 8, 0, u32(1)),
    "GOAWAY with a flag": frame(kinds.goAway, 1, 0, u8(0), u32(0)),
    "MESSAGE with ONE_WAY": message(1, value(1), FIRST | LAST | ONE_WAY),
    "MESSAGE with POSITIONAL": message(1, value(1), FIRST | LAST | POSITIONAL),
    "MESSAGE with flag 0x80": message(1, value(1), FIRST | LAST | 0x80),
    "MESSAGE with END and not LAST": frame(kinds.message, FIRST | END, 1, u32(9), value(1)),
  }),
  ...violation("V8", "protocol-error", {
    "MESSAGE for stream 0": message(0, value(1)),
    "END for stream 0": end(0),
    "HEAD for stream 0": head(0, value({})),
    "MESSAGE for an id above 2^31-1": message(2 ** 31 + 1, value(1)),
    "WINDOW for an id above 2^31-1": window(2 ** 31 + 1, 1),
    "PING for stream 1": frame(kinds.ping, 0, 1, bytes(8)),
    "PONG for stream 1": frame(kinds.pong, 0, 1, bytes(8)),
    "DRAIN for stream 1": frame(kinds.drain, 0, 1, u32(1)),
    "DRAIN_ACK for stream 1": frame(kinds.drainAck, 0, 1, u32(1)),
    "GOAWAY for stream 1": frame(kinds.goAway, 0, 1, u8(0), u32(0)),
  }),
  ...violation("V10", "protocol-error", {
    "MESSAGE for a stream that the client never opened": message(3, value(1)),
    "MESSAGE for a stream that the server never opened": message(2, value(1)),
    "END for a stream that the client never opened": end(3),
    "END for a stream that the server never opened": end(2),
    "WINDOW for a stream that the client never opened": window(3, 1),
    "WINDOW for a stream that the server never opened": window(2, 1),
  }),
  ...violation("V11", "protocol-error", {
    "a total that the first fragment reaches": firstFragment(1, 4, bytes(4)),
    "a total that the first fragment exceeds": firstFragment(1, 3, bytes(4)),
    "a total above 2^30": firstFragment(1, 2 ** 30 + 1, bytes(4)),
    "a first fragment that is empty": firstFragment(1, 4, none),
    "a message that is empty": message(1, none),
    "a fragment that is empty": message(1, none, 0),
  }),
  ...violation("V14", "flow-control", {
    "WINDOW of 0 for the connection": window(0, 0),
    "WINDOW of 0 for a stream": window(1, 0),
    "WINDOW of 2^31": window(0, 2 ** 31),
    "connection credit above 2^31-1": window(0, most),
    "stream credit above 2^31-1": window(1, most),
  }),
  ...violation("V17", "protocol-error", { "a PONG that nobody asked for": pong(bytes(8)) }),
  ...violation("V18", "protocol-error", {
    "a second DRAIN": [drain(), drain()],
    "a DRAIN_ACK without a DRAIN": drainAck(1),
  }),
];

const waiting = "Probe/wait";
const holding = open(3, "Probe/hold", { flags: LAST });

/** What a client sends. Stream 1 is a call of `Probe/wait`, without items. */
export const byClient: readonly ViolationCase[] = [
  ...violation("V5", "protocol-error", {
    "an OPEN that ends before its path's length": frame(kinds.open, LAST | END, 3, u32(0)),
    "an OPEN that ends inside its path": frame(kinds.open, LAST | END, 3, u32(0), u8(10), bytes(4)),
    "an OPEN that ends inside its metadata": frame(
      kinds.open,
      LAST | END,
      3,
      u32(0),
      u8(1),
      bytes(1),
      u16(9),
      bytes(8),
    ),
    "an OPEN that ends inside its total": frame(kinds.open, 0, 3, u32(0), u8(1), bytes(1), u16(0), bytes(3)),
    "a CANCEL without a code": frame(kinds.cancel, 0, 1),
  }),
  ...violation("V7", "protocol-error", {
    "OPEN with FIRST": open(3, waiting, { flags: FIRST | LAST | END }),
    "OPEN with flag 0x10, which is reserved": open(3, waiting, { flags: LAST | END | 0x10 }),
    "OPEN with flag 0x20, which is reserved": open(3, waiting, { flags: LAST | END | 0x20 }),
    "OPEN with flag 0x80": open(3, waiting, { flags: LAST | END | 0x80 }),
    "OPEN with END and not LAST": open(3, waiting, { flags: END, total: 9 }),
    "OPEN with ONE_WAY and LAST, and not END": open(3, "Probe/note", { flags: LAST | ONE_WAY, body: value(["a"]) }),
    "CANCEL with a flag": frame(kinds.cancel, 1, 1, u8(1)),
    "the last fragment of a one-way message without END": [
      open(3, "Probe/note", { flags: ONE_WAY, total: 3, body: u8(0x91) }),
      message(3, value("a"), LAST),
    ],
  }),
  ...violation("V8", "protocol-error", {
    "OPEN of stream 0": open(0, waiting),
    "OPEN of an id above 2^31-1": open(2 ** 31 + 1, waiting),
    "CANCEL for stream 0": cancel(0),
  }),
  ...violation("V9", "protocol-error", {
    "OPEN that leaves out an id": open(5, waiting),
    "OPEN with an id that was used": open(1, waiting),
    "OPEN with an id of the server's": open(2, waiting),
  }),
  ...violation(
    "V9",
    "protocol-error",
    { "OPEN behind the client's DRAIN_ACK": [drainAck(1), open(3, waiting)] },
    { draining: true },
  ),
  ...violation("V10", "protocol-error", {
    "CANCEL for a stream that was never opened": cancel(3),
    "HEAD for a stream that the server never opened": head(2, value({})),
  }),
  ...violation("V11", "protocol-error", {
    "a fragment that no message began": [holding, message(3, bytes(4), LAST)],
    "a message inside a message": [holding, firstFragment(3, 9, bytes(4)), message(3, bytes(4))],
    "a message inside the arguments": [open(3, waiting, { flags: 0, total: 9, body: bytes(4) }), message(3, bytes(4))],
    "fragments that fall short of the total": [holding, firstFragment(3, 9, bytes(4)), message(3, bytes(4), LAST)],
    "fragments that exceed the total": [holding, firstFragment(3, 9, bytes(4)), message(3, bytes(6), 0)],
    "fragments that reach the total without LAST": [holding, firstFragment(3, 9, bytes(4)), message(3, bytes(5), 0)],
    "END inside a message": [holding, firstFragment(3, 9, bytes(4)), end(3)],
    "arguments that the first fragment reaches without LAST": open(3, waiting, { flags: 0, total: 4, body: bytes(4) }),
    "arguments with a total above 2^30": open(3, waiting, { flags: 0, total: 0xffff_ffff, body: bytes(4) }),
    "arguments that are empty": open(3, waiting, { body: none }),
  }),
  ...violation("V12", "protocol-error", {
    "MESSAGE behind the END of OPEN": message(1, value(1)),
    "MESSAGE behind END": [holding, end(3), message(3, value(1))],
    "a second END": [holding, end(3), end(3)],
  }),
  ...violation(
    "V13",
    "flow-control",
    {
      "a message without credit of the stream": [holding, message(3, bytes(16_400)), message(3, bytes(1))],
      "a message without credit of the connection": [
        holding,
        open(5, "Probe/hold", { flags: LAST }),
        message(3, bytes(16_400)),
        message(5, bytes(16_400)),
        open(7, waiting, { body: value(["x".repeat(1024)]) }),
      ],
      "a second message from the reserve": [
        holding,
        message(3, bytes(33_000)),
        open(5, "Probe/hold", { flags: LAST }),
        message(5, bytes(100)),
        message(5, bytes(100)),
      ],
    },
    { limits: { window: 16_384, connectionWindow: 32_768, reserve: 1024 } },
  ),
  ...violation("V15", "protocol-error", {
    "metadata that is no map": open(3, waiting, { metadata: value([]) }),
    "metadata that is not msgpack": open(3, waiting, { metadata: u8(0xc1) }),
    "metadata with bytes behind it": open(3, waiting, { metadata: Buffer.concat([value({}), u8(0)]) }),
    "metadata with a key in capitals": open(3, waiting, { metadata: value({ Key: "a" }) }),
    "metadata with an empty key": open(3, waiting, { metadata: value({ "": "a" }) }),
    "metadata with a key of 65 characters": open(3, waiting, { metadata: value({ ["k".repeat(65)]: "a" }) }),
    "metadata with a number": open(3, waiting, { metadata: value({ key: 1 }) }),
    "metadata that is too long": open(3, waiting, { metadata: value({ key: "x".repeat(8192) }) }),
    "HEAD from an opener": head(1, value({})),
  }),
  ...violation("V16", "protocol-error", {
    "END of an opener with a code": [holding, end(3, 1)],
    "END of an opener with a map": [holding, end(3, 0, value({}))],
  }),
  ...violation("V18", "protocol-error", { "a DRAIN_ACK with a wrong id": drainAck(3) }, { draining: true }),
  ...violation("V18", "protocol-error", { "a second DRAIN_ACK": [drainAck(1), drainAck(1)] }, { draining: true }),
];

/** What a server sends. Stream 1 is a call of `Probe/blocks`, which streams its answer. */
export const byServer: readonly ViolationCase[] = [
  ...violation("V9", "protocol-error", {
    "OPEN that leaves out an id": open(4, waiting),
    "OPEN with an id of the client's": open(3, waiting),
  }),
  ...violation("V10", "protocol-error", {
    "HEAD for a stream that was never opened": head(3, value({})),
  }),
  ...violation("V11", "protocol-error", {
    "a fragment that no message began": message(1, bytes(4), LAST),
    "a message inside a message": [firstFragment(1, 9, bytes(4)), message(1, bytes(4))],
    "fragments that fall short of the total": [firstFragment(1, 9, bytes(4)), message(1, bytes(4), LAST)],
    "fragments that exceed the total": [firstFragment(1, 9, bytes(4)), message(1, bytes(6), 0)],
    "END of success inside a message": [firstFragment(1, 9, bytes(4)), end(1)],
  }),
  ...violation(
    "V13",
    "flow-control",
    {
      // The first is taken at once, and its credit returned; the second waits, and the third has no credit.
      "a message without credit of the stream": [
        message(1, value(bytes(16_400))),
        message(1, value(bytes(16_400))),
        message(1, value(bytes(1))),
      ],
    },
    // Windows that stay as they are.
    { limits: { window: 16_384, maxWindow: 16_384 } },
  ),
  ...violation("V15", "protocol-error", {
    "HEAD that is no map": head(1, value([])),
    "HEAD that is empty": head(1, none),
    "HEAD that is too long": head(1, value({ key: "x".repeat(8192) })),
    "HEAD with a key in capitals": head(1, value({ Key: "a" })),
    "a second HEAD": [head(1, value({})), head(1, value({}))],
    "HEAD behind a message": [message(1, value(bytes(1))), head(1, value({}))],
    "HEAD inside a message": [firstFragment(1, 9, bytes(4)), head(1, value({}))],
    "END with a map that is an array": end(1, 13, value([])),
    "END with a map that is not msgpack": end(1, 13, u8(0xc1)),
    "END with a message that is a number": end(1, 13, value({ message: 1 })),
    "END with an unknown word for executed": end(1, 13, value({ executed: "perhaps" })),
    "END with trailers that are no map": end(1, 0, value({ trailers: [] })),
    "END with trailers with a key in capitals": end(1, 0, value({ trailers: { Key: "a" } })),
    "END with half a timing": end(1, 0, value({ timing: [1] })),
    "END with bytes behind its map": end(1, 0, Buffer.concat([value({}), u8(0)])),
  }),
  ...violation("V16", "protocol-error", { "CANCEL from an acceptor": cancel(1) }),
];
