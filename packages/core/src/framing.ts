// What a transport needs to know of a wire format: how one item becomes bytes, and how bytes become items again.
import type { Batch } from "./batch.js";

/** A way to cut a byte stream into items. Stateless; each connection asks it for a decoder of its own. */
export interface Framing<Item, Sent = Item> {
  /**
   * Writes `item` as one frame to the end of `batch`. Where it throws, half a frame may be written: the caller takes it
   * back with {@link Batch.rewind}, as every transport does.
   *
   * @throws TransportError `frame-too-large`, or whatever the encoder of the item throws
   */
  encode(item: Sent, batch: Batch): void;
  decoder(): FrameDecoder<Item>;
}

/** Chunks in, whole items out. Pure: no I/O, no timers. */
export interface FrameDecoder<Item> {
  /**
   * Takes the next bytes of the stream, however they were cut, and appends to `items` those that they completed, in
   * order; each is a view of `chunk` wherever it lies whole in it. The caller hands the memory of `chunk` over, unless it
   * only lends it: then items are copied out of it, and only what says that it is lent (a PayloadPart) is a view.
   *
   * @param lent whether the memory of `chunk` will be written to again, when the items that it gave are done with
   * @throws TransportError `frame-too-large` or `bad-preamble` as soon as the bytes that say so are in, before anything
   *   more is buffered; and what the reader of items throws. `items` then holds what was completed before; the decoder is
   *   spent.
   */
  push(chunk: Uint8Array, items: Item[], lent?: boolean): void;
  /** Bytes that came of a frame that is not whole yet; 0 exactly at a boundary, where a stream may end. */
  readonly bufferedBytes: number;
}
