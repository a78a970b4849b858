// The door to what the runtime keeps to itself: its payload codec and its frames. Only here; a later runtime
// may have them elsewhere.
import type * as form from "../../../packages/rpc/dist/form.js";
import type * as frameCodec from "../../../packages/rpc/dist/frame-codec.js";
import type * as framing from "../../../packages/rpc/dist/framing.js";
import type * as limits from "../../../packages/rpc/dist/limits.js";
import type * as span from "../../../packages/rpc/dist/span.js";

export interface Runtime {
  readonly encodePayload: typeof form.encodePayload;
  readonly decodePayload: typeof form.decodePayload;
  readonly encodeFrame: typeof frameCodec.encodeFrame;
  readonly decodeFrame: typeof frameCodec.decodeFrame;
  readonly frameFraming: typeof framing.frameFraming;
  readonly spanOf: typeof span.spanOf;
  readonly viewOf: typeof span.viewOf;
  readonly bufferOf: typeof span.bufferOf;
  readonly limits: typeof limits.defaultLimits;
}

export async function openRuntime(): Promise<Runtime> {
  const door = import.meta.resolve("@tautline/rpc");
  const load = async <Module>(file: string): Promise<Module> => (await import(new URL(file, door).href)) as Module;
  const { encodePayload, decodePayload } = await load<typeof form>("form.js");
  const { encodeFrame, decodeFrame } = await load<typeof frameCodec>("frame-codec.js");
  const { frameFraming } = await load<typeof framing>("framing.js");
  const { spanOf, viewOf, bufferOf } = await load<typeof span>("span.js");
  const { defaultLimits } = await load<typeof limits>("limits.js");
  return {
    encodePayload,
    decodePayload,
    encodeFrame,
    decodeFrame,
    frameFraming,
    spanOf,
    viewOf,
    bufferOf,
    limits: defaultLimits,
  };
}
