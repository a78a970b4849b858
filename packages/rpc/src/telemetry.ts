// What this package tells of itself on node:diagnostics_channel: the names of the channels, and what each publishes. One
// without subscribers costs nothing that can be measured.
import { channel } from "node:diagnostics_channel";

/** Which part of a method differs: what clients send, what they get, both, or that the server lacks the method. */
export type SkewDirection = "request" | "response" | "both" | "missing";

/**
 * A method of which client and server have different versions, so that its calls travel as maps with names. Published on
 * `tautline:rpc:skew` by the client, once for each method, version of the server and channel, when the method is called.
 */
export interface SkewEvent {
  /** Where the channel leads, as `connect` was told. */
  readonly target: string;
  /** The address of the server that has the other version. */
  readonly peer: string;
  readonly service: string;
  readonly method: string;
  readonly direction: SkewDirection;
}

const skew = channel("tautline:rpc:skew");

export function publishSkew(event: SkewEvent): void {
  skew.publish(event);
}
