// Frame ⇄ bytes: the fixed layouts of PROTOCOL.md §4 to §13, and every violation that one frame alone can show. What
// frames mean together is the session's business.
import type { Batch } from "@tautline/core";
import { copyBytes } from "./copy-bytes.js";
import { maxCredit } from "./flow-control.js";
import {
  flags,
  frameKinds,
  headerBytes,
  helloMagic,
  maxGoAwayTextBytes,
  maxReasonBytes,
  maxStreamId,
  maxTotal,
  type Frame,
  type GoAwayFrame,
  type MessageFrame,
  type OpenFrame,
} from "./frame.js";
import { bytesOfPath, pathOf } from "./path-cache.js";
import { mayRest, rest } from "./rested-memory.js";
import type { Span } from "./span.js";
import { goAwayReasons, Violation } from "./violation.js";

const empty = new Uint8Array(0);

/** Writes the payload of `frame` to the end of `batch`; the length before it is the transport's. */
export function encodeFrame(frame: Frame, batch: Batch): void {
  switch (frame.kind) {
    case "open":
      encodeOpen(frame, batch);
      return;
    case "message":
      encodeMessage(frame, batch);
      return;
    case "end":
      header(batch, frameKinds.end, 0, frame.stream, 1);
      batch.buffer[batch.length - 1] = frame.code;
      batch.append(frame.outcome);
      return;
    case "window":
      header(batch, frameKinds.window, 0, frame.stream, 4);
      batch.buffer.writeUInt32BE(frame.credit, batch.length - 4);
      return;
    case "head":
      header(batch, frameKinds.head, 0, frame.stream, 0);
      batch.append(frame.metadata);
      return;
    case "cancel":
      header(batch, frameKinds.cancel, 0, frame.stream, 1);
      batch.buffer[batch.length - 1] = frame.code;
      batch.append(cutText(frame.reason, maxReasonBytes));
      return;
    case "hello":
      batch.append(helloMagic);
      writeU8(batch, frame.version);
      batch.append(frame.settings);
      return;
    case "ping":
    case "pong":
      header(batch, frame.kind === "ping" ? frameKinds.ping : frameKinds.pong, 0, 0, 0);
      batch.append(frame.opaque);
      return;
    case "drain":
      header(batch, frameKinds.drain, 0, 0, 4);
      batch.buffer.writeUInt32BE(frame.graceMs, batch.length - 4);
      return;
    case "drain-ack":
      header(batch, frameKinds.drainAck, 0, 0, 4);
      batch.buffer.writeUInt32BE(frame.last, batch.length - 4);
      return;
    case "go-away":
      header(batch, frameKinds.goAway, 0, 0, 5);
      batch.buffer[batch.length - 5] = goAwayReasons.indexOf(frame.reason);
      batch.buffer.writeUInt32BE(frame.last, batch.length - 4);
      batch.append(cutText(frame.text, maxGoAwayTextBytes));
      return;
    case "extension":
      return;
  }
}

/** Writes the header and makes room for `more` bytes behind it: they are the last of the batch. */
function header(batch: Batch, kind: number, flagBits: number, stream: number, more: number): void {
  const at = batch.reserve(headerBytes + more);
  const { buffer } = batch;
  buffer[at] = kind;
  buffer[at + 1] = flagBits;
  putU32(buffer, at + 2, stream);
}

function encodeOpen(frame: OpenFrame, batch: Batch): void {
  const bits =
    (frame.last ? flags.last : 0) |
    (frame.end ? flags.end : 0) |
    (frame.oneWay ? flags.oneWay : 0) |
    (frame.positional ? flags.positional : 0);
  const path = bytesOfPath(frame.path);
  const { length } = path;
  header(batch, frameKinds.open, bits, frame.stream, 7 + length);
  const { buffer } = batch;
  const at = batch.length - 7 - length;
  putU32(buffer, at, frame.timeoutMs);
  buffer[at + 4] = length;
  copyBytes(buffer, at + 5, path, 0, length);
  const metadataLength = frame.metadata.length;
  buffer[at + 5 + length] = metadataLength >>> 8;
  buffer[at + 6 + length] = metadataLength;
  if (metadataLength > 0) batch.append(frame.metadata);
  if (!frame.last) writeU32(batch, frame.total);
  appendFragment(batch, frame);
}

function encodeMessage(frame: MessageFrame, batch: Batch): void {
  const bits = (frame.first ? flags.first : 0) | (frame.last ? flags.last : 0) | (frame.end ? flags.end : 0);
  header(batch, frameKinds.message, bits, frame.stream, 0);
  if (frame.first && !frame.last) writeU32(batch, frame.total);
  appendFragment(batch, frame);
}

/** Up to this, a loop costs less than the view that copying by the runtime takes. */
const loopBytes = 128;

function appendFragment(batch: Batch, { bytes, from, to, last }: Span & { readonly last: boolean }): void {
  const length = to - from;
  if (length > loopBytes) batch.append(bytes.subarray(from, to));
  else {
    const at = batch.reserve(length);
    copyBytes(batch.buffer, at, bytes, from, length);
  }
  if (last && mayRest(bytes)) batch.whenWritten(() => rest(bytes));
}

// `reserve` may put another buffer in the batch's place: it is called before `buffer` is looked at.
function writeU8(batch: Batch, value: number): void {
  const at = batch.reserve(1);
  batch.buffer[at] = value;
}

function writeU32(batch: Batch, value: number): void {
  const at = batch.reserve(4);
  putU32(batch.buffer, at, value);
}

function putU32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}

/** Cuts text so that its UTF-8 form has at most `most` bytes, between characters. */
function cutText(text: string, most: number): Uint8Array {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return bytes;
  let end = most;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/**
 * The frame that the payload in `bytes`, from `from` to `to`, holds. Its byte fields are views or spans of `bytes`.
 *
 * @param length of the whole payload, where only the beginning of a MESSAGE is given: its fragment is what is there
 * @throws Violation for every payload that PROTOCOL.md does not allow, whatever the state of the connection
 */
export function decodeFrame(bytes: Buffer, from = 0, to = bytes.length, length = to - from): Frame {
  if (to - from < headerBytes) throw malformed(`a payload of ${to - from} bytes has no header`);
  const kind = bytes[from] as number;
  const bits = bytes[from + 1] as number;
  const stream = readU32(bytes, from + 2);
  if (kind === frameKinds.message) return decodeMessage({ bytes, from, to }, bits, streamId(stream, "MESSAGE"), length);
  if (kind === frameKinds.open) return decodeOpen({ bytes, from, to }, bits, streamId(stream, "OPEN"));
  return decodeOther(bytes.subarray(from, to), kind, bits, stream);
}

/** The frames that carry no message. */
function decodeOther(payload: Buffer, kind: number, bits: number, stream: number): Frame {
  switch (kind) {
    case frameKinds.end:
      noFlags(bits, "END");
      atLeast(payload, 7, "END");
      return { kind: "end", stream: streamId(stream, "END"), code: payload[6] as number, outcome: payload.subarray(7) };
    case frameKinds.window: {
      noFlags(bits, "WINDOW");
      exactly(payload, 10, "WINDOW");
      const credit = readU32(payload, 6);
      if (credit === 0 || credit > maxCredit)
        throw new Violation("flow-control", `WINDOW of ${credit}: it must be 1 to ${maxCredit}`);
      if (stream > maxStreamId) throw malformed(`WINDOW for stream ${stream}: ids end at ${maxStreamId}`);
      return { kind: "window", stream, credit };
    }
    case frameKinds.head:
      noFlags(bits, "HEAD");
      atLeast(payload, headerBytes + 1, "HEAD");
      return { kind: "head", stream: streamId(stream, "HEAD"), metadata: payload.subarray(headerBytes) };
    case frameKinds.cancel:
      noFlags(bits, "CANCEL");
      atLeast(payload, 7, "CANCEL");
      return {
        kind: "cancel",
        stream: streamId(stream, "CANCEL"),
        code: payload[6] as number,
        reason: text(payload.subarray(7, 7 + maxReasonBytes)),
      };
    case frameKinds.hello: {
      noFlags(bits, "HELLO");
      noStream(stream, "HELLO");
      if (payload.length < helloMagic.length + 1)
        throw new Violation("bad-hello", "HELLO is cut off before its version");
      for (let at = headerBytes; at < helloMagic.length; at++) {
        if (payload[at] !== helloMagic[at]) throw new Violation("bad-hello", "HELLO does not begin with its magic");
      }
      return {
        kind: "hello",
        version: payload[helloMagic.length] as number,
        settings: payload.subarray(helloMagic.length + 1),
      };
    }
    case frameKinds.ping:
    case frameKinds.pong: {
      const name = kind === frameKinds.ping ? "PING" : "PONG";
      noFlags(bits, name);
      noStream(stream, name);
      exactly(payload, 14, name);
      return { kind: kind === frameKinds.ping ? "ping" : "pong", opaque: payload.subarray(headerBytes) };
    }
    case frameKinds.drain:
      noFlags(bits, "DRAIN");
      noStream(stream, "DRAIN");
      exactly(payload, 10, "DRAIN");
      return { kind: "drain", graceMs: readU32(payload, 6) };
    case frameKinds.drainAck:
      noFlags(bits, "DRAIN_ACK");
      noStream(stream, "DRAIN_ACK");
      exactly(payload, 10, "DRAIN_ACK");
      return { kind: "drain-ack", last: readU32(payload, 6) };
    case frameKinds.goAway:
      noFlags(bits, "GOAWAY");
      noStream(stream, "GOAWAY");
      atLeast(payload, 11, "GOAWAY");
      return decodeGoAway(payload);
    default:
      if (kind >= 0x80) return { kind: "extension" };
      throw malformed(`frames of kind 0x${kind.toString(16).padStart(2, "0")} do not exist in version 1`);
  }
}

function decodeGoAway(payload: Uint8Array): GoAwayFrame {
  return {
    kind: "go-away",
    reason: goAwayReasons[payload[6] as number] ?? "protocol-error",
    last: readU32(payload, 7),
    text: text(payload.subarray(11, 11 + maxGoAwayTextBytes)),
  };
}

function decodeMessage({ bytes, from, to }: Span, bits: number, stream: number, payloadLength: number): MessageFrame {
  if ((bits & ~(flags.first | flags.last | flags.end)) !== 0) throw badFlags(bits, "MESSAGE");
  const first = (bits & flags.first) !== 0;
  const last = (bits & flags.last) !== 0;
  const end = (bits & flags.end) !== 0;
  if (end && !last) throw badFlags(bits, "MESSAGE");
  let at = from + headerBytes;
  let total = 0;
  if (first && !last) {
    enough(to - from, headerBytes + 4, "MESSAGE");
    total = readU32(bytes, at);
    at += 4;
  }
  const length = payloadLength - (at - from);
  if (length === 0) throw malformed(`MESSAGE of stream ${stream} with an empty fragment`);
  if (first && last) total = length;
  else if (first && !isTotal(total, length)) throw badTotal(total, length, stream);
  return { kind: "message", stream, first, last, end, total, bytes, from: at, to };
}

function decodeOpen({ bytes, from, to }: Span, bits: number, stream: number): OpenFrame {
  if ((bits & ~(flags.last | flags.end | flags.oneWay | flags.positional)) !== 0) throw badFlags(bits, "OPEN");
  const last = (bits & flags.last) !== 0;
  const end = (bits & flags.end) !== 0;
  const oneWay = (bits & flags.oneWay) !== 0;
  const positional = (bits & flags.positional) !== 0;
  if ((end && !last) || (oneWay && last && !end)) throw badFlags(bits, "OPEN");
  const payloadLength = to - from;
  enough(payloadLength, headerBytes + 5, "OPEN");
  const timeoutMs = readU32(bytes, from + headerBytes);
  const pathStart = from + headerBytes + 5;
  const pathEnd = pathStart + (bytes[pathStart - 1] as number);
  enough(payloadLength, pathEnd + 2 - from, "OPEN");
  const path = pathOf(bytes, pathStart, pathEnd);
  let at = pathEnd + 2 + (((bytes[pathEnd] as number) << 8) | (bytes[pathEnd + 1] as number));
  enough(payloadLength, at - from, "OPEN");
  const metadata = at === pathEnd + 2 ? empty : bytes.subarray(pathEnd + 2, at);
  let total = 0;
  if (!last) {
    enough(payloadLength, at + 4 - from, "OPEN");
    total = readU32(bytes, at);
    at += 4;
  }
  enough(payloadLength, at + 1 - from, "OPEN");
  const length = to - at;
  if (last) total = length;
  else if (!isTotal(total, length)) throw badTotal(total, length, stream);
  return {
    kind: "open",
    stream,
    last,
    end,
    oneWay,
    positional,
    timeoutMs,
    path,
    metadata,
    total,
    bytes,
    from: at,
    to,
  };
}

function readU32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function streamId(stream: number, name: string): number {
  if (stream === 0 || stream > maxStreamId)
    throw malformed(`${name} for stream ${stream}: ids are 1 to ${maxStreamId}`);
  return stream;
}

function noStream(stream: number, name: string): void {
  if (stream !== 0) throw malformed(`${name} for stream ${stream}: it belongs to the connection, stream 0`);
}

function noFlags(bits: number, name: string): void {
  if (bits !== 0) throw badFlags(bits, name);
}

function badFlags(bits: number, name: string): Violation {
  return malformed(`${name} with flags 0x${bits.toString(16).padStart(2, "0")}`);
}

/** Whether a message of `total` bytes can begin with a fragment of `length` that is not its last (PROTOCOL.md §7.2). */
function isTotal(total: number, length: number): boolean {
  return total > length && total <= maxTotal;
}

function badTotal(total: number, length: number, stream: number): Violation {
  return malformed(`a fragment of ${length} bytes of a message of ${total} on stream ${stream} without LAST`);
}

function atLeast(payload: Uint8Array, length: number, name: string): void {
  enough(payload.length, length, name);
}

function enough(payloadLength: number, length: number, name: string): void {
  if (payloadLength < length) throw malformed(`${name} of ${payloadLength} bytes: its fields need ${length}`);
}

function exactly(payload: Uint8Array, length: number, name: string): void {
  if (payload.length !== length) throw malformed(`${name} of ${payload.length} bytes: it has ${length}`);
}

function malformed(message: string): Violation {
  return new Violation("protocol-error", message);
}
