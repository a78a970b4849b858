// What travels: each kind of frame as plain data, with the numbers that stand for it on the wire. PROTOCOL.md §4. Maps
// inside frames stay encoded here; envelope.ts reads and writes them.
import type { Span } from "./span.js";
import type { GoAwayReason } from "./violation.js";

/** The number of each kind on the wire. */
export const frameKinds = {
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

export const flags = { first: 0x01, last: 0x02, end: 0x04, oneWay: 0x08, positional: 0x40 } as const;

/** Every payload begins with kind, flags and the stream's id. */
export const headerBytes = 6;

/** What every HELLO begins with: its header and the magic. */
export const helloMagic: Uint8Array = Uint8Array.of(0x01, 0, 0, 0, 0, 0, 0x54, 0x41, 0x55, 0x54);
export const protocolVersion = 1;
export const maxHelloBytes = 65_536;
export const maxReasonBytes = 256;
export const maxGoAwayTextBytes = 1024;
/** No message is longer, whatever the limits (PROTOCOL.md §7.2). */
export const maxTotal = 2 ** 30;
/** The last id that a stream may have. */
export const maxStreamId = 2 ** 31 - 1;

export interface HelloFrame {
  readonly kind: "hello";
  readonly version: number;
  /** A msgpack map (PROTOCOL.md §5). */
  readonly settings: Uint8Array;
}

/** Opens a stream and carries the first fragment of its first message, as the span that it is. */
export interface OpenFrame extends Span {
  readonly kind: "open";
  readonly stream: number;
  readonly last: boolean;
  readonly end: boolean;
  readonly oneWay: boolean;
  /** All messages of the stream, both ways, are in the positional form (PROTOCOL.md §16). */
  readonly positional: boolean;
  /** Time left, in ms; 0 is no deadline. */
  readonly timeoutMs: number;
  /** `service/method`. */
  readonly path: string;
  /** Encoded; empty where there is none. */
  readonly metadata: Uint8Array;
  /** Length of the whole message; that of the fragment where it is the last. */
  readonly total: number;
}

/** One fragment of a message, as the span that it is. */
export interface MessageFrame extends Span {
  readonly kind: "message";
  readonly stream: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly end: boolean;
  /** Length of the whole message, on its first fragment; else 0. */
  readonly total: number;
}

export interface HeadFrame {
  readonly kind: "head";
  readonly stream: number;
  /** Encoded. */
  readonly metadata: Uint8Array;
}

export interface EndFrame {
  readonly kind: "end";
  readonly stream: number;
  /** 0 is success; else the number of a code. */
  readonly code: number;
  /** The encoded outcome (PROTOCOL.md §6.4); empty where there is none. */
  readonly outcome: Uint8Array;
}

export interface CancelFrame {
  readonly kind: "cancel";
  readonly stream: number;
  readonly code: number;
  readonly reason: string;
}

export interface WindowFrame {
  readonly kind: "window";
  /** 0 is the connection. */
  readonly stream: number;
  readonly credit: number;
}

export interface PingFrame {
  readonly kind: "ping" | "pong";
  /** 8 bytes. */
  readonly opaque: Uint8Array;
}

export interface DrainFrame {
  readonly kind: "drain";
  readonly graceMs: number;
}

export interface DrainAckFrame {
  readonly kind: "drain-ack";
  readonly last: number;
}

export interface GoAwayFrame {
  readonly kind: "go-away";
  readonly reason: GoAwayReason;
  readonly last: number;
  readonly text: string;
}

/** A kind from 0x80 on, to be ignored. */
export interface ExtensionFrame {
  readonly kind: "extension";
}

export type Frame =
  | HelloFrame
  | OpenFrame
  | MessageFrame
  | HeadFrame
  | EndFrame
  | CancelFrame
  | WindowFrame
  | PingFrame
  | DrainFrame
  | DrainAckFrame
  | GoAwayFrame
  | ExtensionFrame;
