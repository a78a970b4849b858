// Frames as bytes, written from PROTOCOL.md alone and sharing nothing with the implementation: so that both can be wrong
// only where the text is. Nothing here checks anything; tests need wrong frames too.
import { Packr, Unpackr } from "msgpackr";

/** PROTOCOL.md §4. */
export const kinds = {
  hello: 0x01,
  open: 0x02,
  message: 0x03,
  head: 0x04,
  end: 0x05,
  cancel: 0x06,
  window: 0x07,
  ping: 0x08,
  pong: 0x09,
  drain: 0x0a,
  drainAck: 0x0b,
  goAway: 0x0c,
} as const;

export const FIRST = 0x01;
export const LAST = 0x02;
export const END = 0x04;
export const ONE_WAY = 0x08;
export const POSITIONAL = 0x40;

/** PROTOCOL.md §13, by number. */
export const reasons = [
  "none",
  "protocol-error",
  "flow-control",
  "frame-too-large",
  "bad-hello",
  "excessive-load",
  "timeout",
  "internal",
  "denied",
] as const;

export type Reason = (typeof reasons)[number];

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

/** One msgpack value. */
export function value(of: unknown): Buffer {
  return packr.pack(of);
}

/** What one msgpack value says. */
export function valueOf(bytes: Uint8Array): unknown {
  return unpackr.unpack(bytes);
}

export const u8 = (n: number): Buffer => Buffer.from([n]);
export const u16 = (n: number): Buffer => Buffer.from([n >>> 8, n & 0xff]);
export const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};

/** Any frame, right or wrong: its length, its header, and what follows. */
export function frame(kind: number, flags: number, stream: number, ...fields: readonly Uint8Array[]): Buffer {
  const payload = Buffer.concat([u8(kind), u8(flags), u32(stream), ...fields]);
  return Buffer.concat([u32(payload.length), payload]);
}

/** PROTOCOL.md §5. `settings` is what the map says, or bytes that are none. */
export function hello(settings: object | Uint8Array = {}, version = 1): Buffer {
  const encoded = settings instanceof Uint8Array ? settings : value(settings);
  return frame(kinds.hello, 0, 0, Buffer.from("TAUT"), u8(version), encoded);
}

export interface OpenFields {
  readonly flags?: number;
  readonly timeoutMs?: number;
  readonly metadata?: Uint8Array;
  /** Set where LAST is not. */
  readonly total?: number;
  /** The arguments, encoded, or the first fragment of them. Default: none. */
  readonly body?: Uint8Array;
}

/** PROTOCOL.md §6.1. */
export function open(id: number, path: string, fields: OpenFields = {}): Buffer {
  const { flags = LAST | END, timeoutMs = 0, metadata = Buffer.alloc(0), total, body = value([]) } = fields;
  return frame(
    kinds.open,
    flags,
    id,
    u32(timeoutMs),
    u8(Buffer.byteLength(path)),
    Buffer.from(path),
    u16(metadata.length),
    metadata,
    ...(total === undefined ? [] : [u32(total)]),
    body,
  );
}

/** PROTOCOL.md §7, a message that fits into one frame. */
export function message(id: number, body: Uint8Array, flags = FIRST | LAST): Buffer {
  return frame(kinds.message, flags, id, body);
}

/** PROTOCOL.md §7, the first fragment of a longer one. */
export function firstFragment(id: number, total: number, fragment: Uint8Array): Buffer {
  return frame(kinds.message, FIRST, id, u32(total), fragment);
}

export function head(id: number, metadata: Uint8Array): Buffer {
  return frame(kinds.head, 0, id, metadata);
}

export function end(id: number, code = 0, outcome: Uint8Array = Buffer.alloc(0)): Buffer {
  return frame(kinds.end, 0, id, u8(code), outcome);
}

/** What the fields of an END say: its code, and its map. */
export function outcomeOf(fields: Buffer): Readonly<Record<string, unknown>> {
  const map = fields.length === 1 ? {} : (valueOf(fields.subarray(1)) as object);
  return { ...map, code: fields.readUInt8(0) };
}

export function cancel(id: number, code = 1, reason = ""): Buffer {
  return frame(kinds.cancel, 0, id, u8(code), Buffer.from(reason));
}

export function window(id: number, credit: number): Buffer {
  return frame(kinds.window, 0, id, u32(credit));
}

export function ping(opaque = "pingpong"): Buffer {
  return frame(kinds.ping, 0, 0, Buffer.from(opaque));
}

export function pong(opaque: Uint8Array): Buffer {
  return frame(kinds.pong, 0, 0, opaque);
}

export function drain(graceMs = 1000): Buffer {
  return frame(kinds.drain, 0, 0, u32(graceMs));
}

export function drainAck(last: number): Buffer {
  return frame(kinds.drainAck, 0, 0, u32(last));
}

export function goAway(reason: Reason, last = 0, text = ""): Buffer {
  return frame(kinds.goAway, 0, 0, u8(reasons.indexOf(reason)), u32(last), Buffer.from(text));
}
