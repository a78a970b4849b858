// What this package tells of itself on node:diagnostics_channel: the names of the channels, and what each publishes. One
// without subscribers costs nothing that can be measured. What a subscriber throws is an uncaught exception, as Node has it.
import { channel } from "node:diagnostics_channel";
import type { TlsEvent } from "@tautline/core";

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

/** What happened to certificates of this end. Published on `tautline:rpc:tls`. */
export interface TlsTelemetry {
  readonly side: "server" | "client";
  /** Where the server listens, or the channel leads. */
  readonly where: string;
  readonly event: TlsEvent;
}

const skew = channel("tautline:rpc:skew");
const tls = channel("tautline:rpc:tls");

export function publishSkew(event: SkewEvent): void {
  skew.publish(event);
}

export function publishTls(event: TlsTelemetry): void {
  tls.publish(event);
}
