// Frames out of chunks, as a socket cuts them: at 16 KiB, the size of a TLS record, wherever a frame happens to be.
//
// Fairness. The naive reader is what most people write first: keep what is left, concatenate, cut. It checks no length,
// and holds whatever it is told to; ours checks each length against a limit before it holds anything of that frame.
// Neither copies a payload that lies whole in its chunk. `+ header` also reads kind, flags and stream of each payload.
import { equal } from "node:assert/strict";
import type { Framing } from "@tautline/core";
import { Batch, lengthPrefixed } from "@tautline/core";
import { openRuntime } from "./runtime.js";
import type { Row, Suite } from "./suite.js";

const recordBytes = 16_384;

type Reader = (chunk: Uint8Array, take: (payload: Uint8Array) => void) => void;

/** The frames of `count` messages of `bytes` each, in chunks. */
async function streamOf(count: number, bytes: number): Promise<Uint8Array[]> {
  const { encodeFrame } = await openRuntime();
  const batch = new Batch();
  const fragment = Buffer.alloc(bytes, 7);
  const framing = lengthPrefixed<Parameters<typeof encodeFrame>[0]>({ maxFrameBytes: 2 ** 24, write: encodeFrame });
  for (let sent = 0; sent < count; sent++) {
    const position = { first: true, last: true, end: false };
    framing.encode(
      { kind: "message", stream: 2 * sent + 1, ...position, total: 0, bytes: fragment, from: 0, to: bytes },
      batch,
    );
  }
  const all = Buffer.concat(batch.take());
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += recordBytes) chunks.push(all.subarray(at, at + recordBytes));
  return chunks;
}

function ours(framing: Framing<Uint8Array>): Reader {
  const decoder = framing.decoder();
  const payloads: Uint8Array[] = [];
  return (chunk, take) => {
    decoder.push(chunk, payloads);
    for (const payload of payloads) take(payload);
    payloads.length = 0;
  };
}

function naive(): Reader {
  let held = Buffer.alloc(0);
  return (chunk, take) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (held.length < 4 + length) return;
      take(held.subarray(4, 4 + length));
      held = held.subarray(4 + length);
    }
  };
}

async function suite(name: string, count: number, bytes: number): Promise<Suite> {
  const { decodeFrame, bufferOf } = await openRuntime();
  const chunks = await streamOf(count, bytes);
  const framing = lengthPrefixed({ maxFrameBytes: 2 ** 24 });
  const row = (label: string, note: string, reader: Reader, look: (payload: Uint8Array) => unknown): Row => {
    let frames = 0;
    const take = (payload: Uint8Array): void => {
      frames++;
      look(payload);
    };
    const run = (): number => {
      frames = 0;
      for (const chunk of chunks) reader(chunk, take);
      return frames;
    };
    return { name: label, note, verify: () => equal(run(), count), run, operations: count };
  };
  const length = (payload: Uint8Array): number => payload.length;
  const header = (payload: Uint8Array): unknown => decodeFrame(bufferOf(payload));
  return {
    name,
    rows: [
      row("tautline", "length checked", ours(framing), length),
      row("tautline + header", "length checked", ours(framing), header),
      row("Buffer.concat", "no limit", naive(), length),
      row("Buffer.concat + header", "no limit", naive(), header),
    ],
  };
}

export async function frameSuites(): Promise<Suite[]> {
  return [await suite("cut small frames (80 bytes)", 2000, 80), await suite("cut frames of 64 KiB", 64, 65_536)];
}
