// What servers stream, for those that take an async iterable, and how much of it was asked for: W6 compares that with
// what the client has read.
import { sampleBytes, sampleSmall } from "../contract/sample.js";
import type { Small } from "../contract/workload.js";

/** Bytes of chunks that the system has taken from its source, since the process began. */
export const produced = { bytes: 0 };

/** Asked for so many objects, a source gives one and then stays silent, with its stream open. */
export const silentStream = -1;

/** @param cancelled ends the silence of {@link silentStream}; without it, nothing does */
export async function* produceItems(count: number, cancelled?: AbortSignal): AsyncGenerator<Small, void, undefined> {
  if (count === silentStream) {
    yield sampleSmall(0);
    await new Promise((resolve) => cancelled?.addEventListener("abort", resolve, { once: true }));
  }
  for (let id = 0; id < count; id++) yield sampleSmall(id);
}

type Chunk = Uint8Array<ArrayBuffer>;

/** The same chunk again and again: no system may write to it. */
export async function* produceChunks(count: number, bytes: number): AsyncGenerator<Chunk, void, undefined> {
  const chunk = sampleBytes(bytes);
  for (let sent = 0; sent < count; sent++) {
    produced.bytes += bytes;
    yield chunk;
  }
}
