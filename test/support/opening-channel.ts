// A channel over TCP that shows in which form its calls were opened, as they went onto the wire.
import { connectSocket, type Framing } from "@tautline/core";
import { Channel } from "../../packages/rpc/dist/channel.js";
import type { Frame } from "../../packages/rpc/dist/frame.js";
import { frameFraming } from "../../packages/rpc/dist/framing.js";
import { defaultLimits } from "../../packages/rpc/dist/limits.js";

export interface OpeningChannel {
  readonly channel: Channel;
  /** The path and form of each OPEN, in the order of the wire. */
  readonly opened: [path: string, form: "named" | "positional"][];
}

/** To a server on 127.0.0.1. The caller closes the channel. */
export function openingChannel(port: number): OpeningChannel {
  const opened: OpeningChannel["opened"] = [];
  const framing = frameFraming(defaultLimits);
  const shown: Framing<Frame> = {
    encode(frame, batch) {
      if (frame.kind === "open") opened.push([frame.path, frame.positional ? "positional" : "named"]);
      framing.encode(frame, batch);
    },
    decoder: () => framing.decoder(),
  };
  const place = { host: "127.0.0.1", port, framing: shown, insecure: true, timeoutMs: Infinity } as const;
  return { channel: new Channel((signal) => connectSocket({ ...place, signal }), "shop", {}), opened };
}
