// Plain values ⇄ msgpack bytes, for envelopes: the only file that knows msgpackr. What comes out was looked over
// by the guard before it was decoded. PROTOCOL.md §10.
import type * as msgpackr from "msgpackr";
import * as pack from "msgpackr/pack";
import * as unpack from "msgpackr/unpack";
import { refuseValue, type ValueBounds } from "./guard.js";
import { MalformedValue } from "./malformed-value.js";

// These two doors come without the native add-on, which small messages are as fast without. Their declarations do not
// resolve under nodenext, so the classes take their types from the main door.
const library: Pick<typeof msgpackr, "Packr" | "Unpackr"> = { ...pack, ...unpack };

// `useRecords: false` and no moreTypes: plain msgpack that any library reads. No shared structures, no stream classes,
// no addExtension (it is global), never unpackMultiple.
const packr = new library.Packr({
  useRecords: false,
  variableMapSize: true,
  structuredClone: false,
  moreTypes: false,
  encodeUndefinedAsNil: false,
});

const decoding = {
  useRecords: false,
  mapsAsObjects: true,
  structuredClone: false,
  bundleStrings: false,
  // A number where it is safe, else a bigint; the declarations lag behind.
  int64AsType: "auto" as "number",
  copyBuffers: true,
};
const unpackr = new library.Unpackr(decoding);

/** Packr writes messages one behind another in one piece of memory, as large as its largest was; at first it has so much. */
const pieceBytes = 8192;
const largestKeptBytes = 256 * 1024;

/** One value as msgpack, in memory that belongs to the caller. @throws what msgpackr throws for a value that it cannot write */
export function encodeValue(value: unknown): Uint8Array {
  const bytes = packr.pack(value);
  // Four times a large message would be kept for good, and by each small one that somebody keeps.
  if (bytes.buffer.byteLength > largestKeptBytes) packr.useBuffer(Buffer.allocUnsafeSlow(pieceBytes));
  return bytes;
}

/** The value of `bytes`; binary parts are copies, so `bytes` may be reused. @throws MalformedValue */
export function decodeValue(bytes: Uint8Array, bounds: ValueBounds): unknown {
  const refusal = refuseValue(bytes, bounds);
  if (refusal !== undefined) throw new MalformedValue(refusal);
  try {
    return unpackr.unpack(bytes) as unknown;
  } catch (error) {
    throw new MalformedValue("", { cause: error });
  }
}
