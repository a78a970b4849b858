// The maps inside frames: settings of HELLO, metadata, and the outcome of END, each ⇄ bytes. What is malformed here
// is the peer's protocol and not its program, hence a violation. PROTOCOL.md §5, §6.4, §9.
import { decodeValue, encodeValue } from "./codec.js";
import { refuseValue } from "./guard.js";
import { inRange, settingNames, defaultLimits, type Settings } from "./limits.js";
import { MalformedValue } from "./malformed-value.js";
import { Metadata, type MetadataValue } from "./metadata.js";
import { MsgpackReader } from "./msgpack-reader.js";
import { RpcError, type Executed } from "./rpc-error.js";
import { bufferOf, spanOf } from "./span.js";
import { Violation } from "./violation.js";

const empty = new Uint8Array(0);
const reader = new MsgpackReader();
const bounds = { maxDepth: 32, maxValues: 65_536 };

/** The outcome of a call beside its code, as END tells it. */
export interface Outcome {
  readonly message?: string | undefined;
  readonly executed?: Executed | undefined;
  /** The declared error's name, with its fields as plain data. */
  readonly error?: string | undefined;
  readonly fields?: unknown;
  readonly details?: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly trailers?: Metadata | undefined;
  /** µs from arrival to the handler's start, and from there to the end. */
  readonly timing?: readonly [number, number] | undefined;
}

/** What HELLO tells of the side that sent it. */
export interface Hello {
  readonly settings: Settings;
  readonly agent: string;
  /** Fingerprints of the services that the sender serves: 16 hex digits by name (PROTOCOL.md §16). */
  readonly services: ReadonlyMap<string, string>;
}

/** Of the services, as many as keep HELLO below 48 KiB: nothing depends on one that is not told. */
const mostServicesBytes = 47 * 1024;
/** What a service takes beside its name, at most: the heads of text and binary, and the fingerprint. */
const serviceOverhead = 3 + 2 + 8;

export function encodeHello(hello: Hello): Uint8Array {
  const map: Record<string, unknown> = { agent: hello.agent };
  for (const name of settingNames) map[name] = hello.settings[name];
  const services: Record<string, Uint8Array> = {};
  let left = mostServicesBytes;
  for (const [name, fingerprint] of hello.services) {
    left -= serviceOverhead + Buffer.byteLength(name);
    if (left < 0) break;
    services[name] = Buffer.from(fingerprint, "hex");
  }
  if (hello.services.size > 0) map["services"] = services;
  return encodeValue(map);
}

/** @throws Violation `bad-hello` */
export function decodeHello(bytes: Uint8Array): Hello {
  const map = decodeMap(bytes, "HELLO's settings", "bad-hello");
  const settings: { -readonly [Name in keyof Settings]: number } = { ...pickSettings(defaultLimits) };
  for (const name of settingNames) {
    const value = map.get(name);
    if (value === undefined) continue;
    if (!inRange(name, value)) throw new Violation("bad-hello", `HELLO's ${name} is out of its range`);
    settings[name] = value;
  }
  if (settings.reserve > settings.window) throw new Violation("bad-hello", "HELLO's reserve is larger than its window");
  const agent = map.get("agent") === undefined ? "" : map.get("agent");
  if (typeof agent !== "string" || Buffer.byteLength(agent) > 256)
    throw new Violation("bad-hello", "HELLO's agent is not a text of at most 256 bytes");
  optionalMap(map, "extensions");
  return { settings, agent, services: fingerprintsOf(optionalMap(map, "services")) };
}

function optionalMap(hello: ReadonlyMap<string, unknown>, name: string): Readonly<Record<string, unknown>> {
  const value = hello.get(name) === undefined ? {} : hello.get(name);
  if (!isPlainMap(value)) throw new Violation("bad-hello", `HELLO's ${name} is not a map`);
  return value;
}

/** What a peer serves that serves nothing. */
export const noServices: ReadonlyMap<string, string> = new Map();

function fingerprintsOf(services: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const entries = Object.entries(services);
  // Clients serve nothing, most of them.
  if (entries.length === 0) return noServices;
  const fingerprints = new Map<string, string>();
  for (const [name, fingerprint] of entries) {
    if (!(fingerprint instanceof Uint8Array) || fingerprint.length !== 8)
      throw new Violation("bad-hello", "HELLO's services have a fingerprint that is not 8 bytes");
    fingerprints.set(name, Buffer.from(fingerprint).toString("hex"));
  }
  return fingerprints;
}

/** The settings among the limits. */
export function pickSettings(from: Settings): Settings {
  const { window, connectionWindow, reserve, maxFrameBytes, maxMessageBytes, maxMetadataBytes, maxCalls } = from;
  return { window, connectionWindow, reserve, maxFrameBytes, maxMessageBytes, maxMetadataBytes, maxCalls };
}

/**
 * Metadata as bytes; none is empty.
 *
 * @throws RpcError `invalid-argument` naming both sizes where it is longer than `most`, the receiver's maxMetadataBytes
 */
export function encodeMetadata(metadata: Metadata | undefined, most: number): Uint8Array {
  if (metadata === undefined || metadata.size === 0) return empty;
  const bytes = encodeValue(Object.fromEntries(metadata));
  checkMetadata(bytes, most);
  return bytes;
}

/** @throws RpcError `invalid-argument` as {@link encodeMetadata} does */
export function checkMetadata({ length }: Uint8Array, most: number): void {
  if (length <= most) return;
  const message = `the metadata is ${length} bytes long, and the peer takes ${most} (its limit maxMetadataBytes)`;
  throw new RpcError("invalid-argument", message, { executed: "no" });
}

/** @throws Violation */
export function decodeMetadata(bytes: Uint8Array, most: number): Metadata {
  if (bytes.length === 0) return new Metadata();
  if (bytes.length > most)
    throw new Violation("protocol-error", `metadata of ${bytes.length} bytes: the limit maxMetadataBytes is ${most}`);
  reader.begin(spanOf(bytes), bounds);
  try {
    return metadataOf(readEntries());
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    throw new Violation("protocol-error", `metadata: ${error.message}`, { cause: error });
  } finally {
    reader.release();
  }
}

/** An object of a thousand keys would cost five times as much, and metadata is read with every call. @throws MalformedValue */
function readEntries(): [string, MetadataValue][] {
  const pairs = reader.map();
  if (pairs < 0) throw new Violation("protocol-error", "metadata is not a map");
  const entries: [string, MetadataValue][] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const key = reader.string();
    if (key === undefined) throw new MalformedValue("a key that is not text");
    const value = reader.string() ?? reader.bytes();
    if (value === undefined) throw new MalformedValue("metadata that is neither text nor bytes");
    entries.push([key, typeof value === "string" ? value : bufferOf(value)]);
  }
  reader.end();
  return entries;
}

function metadataOf(entries: Iterable<readonly [string, unknown]>): Metadata {
  try {
    return Metadata.received(entries as Iterable<readonly [string, MetadataValue]>);
  } catch (error) {
    throw new Violation("protocol-error", error instanceof Error ? error.message : "malformed metadata", {
      cause: error,
    });
  }
}

/**
 * An outcome as bytes, empty where it says nothing. `details` gives way where it would be longer than `most` or where
 * it holds what cannot be sent (a Map, a cycle, more than 32 levels): in END it would cost the peer the connection. Then the
 * message gives way.
 *
 * @throws RpcError `internal` where the rest cannot be sent even so
 */
export function encodeOutcome(outcome: Outcome, most: number): Uint8Array {
  const retryAfterMs = wholeMs(outcome.retryAfterMs);
  const details = isPlainData(outcome.details, bounds.maxDepth, { left: bounds.maxValues })
    ? outcome.details
    : undefined;
  const full = { ...outcome, retryAfterMs, details };
  const shorter = { ...full, details: undefined };
  const candidates = [full, shorter, { ...shorter, message: outcome.message?.slice(0, 200) }];
  for (const candidate of [...candidates, { ...shorter, message: undefined }]) {
    const bytes = encodeMap(candidate);
    if (bytes !== undefined && bytes.length <= most) return bytes;
  }
  throw new RpcError(
    "internal",
    `the error's fields, or the trailers, cannot be sent: they are nested deeper than ${bounds.maxDepth}, hold more than ${bounds.maxValues} ` +
      `values, or are longer than the ${most} bytes that the peer takes (its limit maxFrameBytes)`,
  );
}

/** Rounded up; undefined for what is no time. */
function wholeMs(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= 0 && ms <= Number.MAX_SAFE_INTEGER ? Math.ceil(ms) : undefined;
}

/**
 * Whether msgpack has a form for the whole value. What is not plain would be written as something else, or, where it is a
 * view of 16-bit numbers, with bytes of somebody else's memory.
 */
function isPlainData(value: unknown, depth: number, budget: { left: number }): boolean {
  // Of a circle, which has no end, 32 levels may be more than anybody can walk.
  if (budget.left-- === 0) return false;
  if (value === null || value === undefined || value instanceof Date || value instanceof Uint8Array) return true;
  if (typeof value !== "object") return typeof value !== "function" && typeof value !== "symbol";
  if (depth === 0) return false;
  if (!Array.isArray(value) && !isPlainMap(value)) return false;
  return Object.values(value).every((each) => isPlainData(each, depth - 1, budget));
}

/** Undefined where the map holds what a peer must refuse. */
function encodeMap(outcome: Outcome): Uint8Array | undefined {
  const map: Record<string, unknown> = {};
  let any = false;
  for (const [key, value] of Object.entries(outcome)) {
    if (value === undefined) continue;
    map[key] = value instanceof Metadata ? Object.fromEntries(value) : value;
    any = true;
  }
  if (!any) return empty;
  try {
    const bytes = encodeValue(map);
    return refuseValue(bytes, bounds) === undefined ? bytes : undefined;
  } catch {
    // A cycle, a symbol, an integer beyond 64 bits: which of them, nobody could be told here.
    return undefined;
  }
}

/** @throws Violation */
export function decodeOutcome(bytes: Uint8Array): Outcome {
  if (bytes.length === 0) return {};
  const map = decodeMap(bytes, "the map of END", "protocol-error");
  const executed = map.get("executed");
  if (executed !== undefined && executed !== "no" && executed !== "maybe" && executed !== "yes")
    throw badOutcome("executed");
  const timing = map.get("timing");
  if (timing !== undefined && !isTiming(timing)) throw badOutcome("timing");
  const trailers = map.get("trailers");
  if (trailers !== undefined && !isPlainMap(trailers)) throw badOutcome("trailers");
  return {
    message: optionalText(map, "message"),
    executed,
    error: optionalText(map, "error"),
    fields: map.get("fields"),
    details: map.get("details"),
    retryAfterMs: retryAfter(map.get("retryAfterMs")),
    trailers: trailers === undefined ? undefined : metadataOf(Object.entries(trailers)),
    timing,
  };
}

function optionalText(map: ReadonlyMap<string, unknown>, key: string): string | undefined {
  const value = map.get(key);
  if (value !== undefined && typeof value !== "string") throw badOutcome(key);
  return value;
}

function retryAfter(value: unknown): number | undefined {
  if (value === undefined || (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)) return value;
  throw badOutcome("retryAfterMs");
}

function isTiming(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number" && part >= 0);
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function badOutcome(key: string): Violation {
  return new Violation("protocol-error", `the map of END has a ${key} of the wrong type`);
}

function decodeMap(
  bytes: Uint8Array,
  what: string,
  reason: "bad-hello" | "protocol-error",
): ReadonlyMap<string, unknown> {
  let value: unknown;
  try {
    value = decodeValue(bytes, bounds);
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    throw new Violation(reason, `${what}: ${error.message}`, { cause: error });
  }
  if (!isPlainMap(value)) throw new Violation(reason, `${what} is not a map`);
  return new Map(Object.entries(value));
}
