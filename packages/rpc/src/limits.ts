// Every bound of a connection: its default, its range, and the check at the door. PROTOCOL.md §5 and §15.
import { RpcError } from "./rpc-error.js";

/** What one side accepts from the other; told in HELLO (PROTOCOL.md §5). Sizes in bytes. */
export interface Settings {
  /** Credit of each stream when it opens. Default 256 KiB. */
  readonly window: number;
  /** Credit of the whole connection. Default 1 MiB. */
  readonly connectionWindow: number;
  /** What a stream with nothing outstanding may send past the connection's credit. Default 16 KiB. */
  readonly reserve: number;
  /** The longest payload of a frame. Default 64 KiB. */
  readonly maxFrameBytes: number;
  /** The longest message, encoded. Default 4 MiB. Beyond it the call fails with `resource-exhausted`. */
  readonly maxMessageBytes: number;
  /** The longest metadata, encoded. Default 8 KiB. */
  readonly maxMetadataBytes: number;
  /** How many calls the peer may have open at once; it queues what is beyond. Default 1,024. */
  readonly maxCalls: number;
}

/** The settings that the peer is told, and what is decided on this side alone. */
export interface Limits extends Settings {
  /** How deep a value may be nested. Default 32. */
  readonly maxDepth: number;
  /** How many values, keys included, one message may hold. Default 65,536. */
  readonly maxValues: number;
  /** Where long messages are cut, so that streams can take turns. Default 48 KiB. */
  readonly fragmentBytes: number;
  /**
   * What windows are widened to while their readers keep up: the connection's, and the additions to its streams' together.
   * Default 8 MiB. No more than `window` and `connectionWindow`: they stay as they are.
   */
  readonly maxWindow: number;
  /**
   * How much wider than at first all windows of this process may be together, those of other servers and channels included;
   * beyond it none of this side's is widened. Default 256 MiB.
   */
  readonly maxWidened: number;
  /**
   * How many bytes of answers may wait until the peer takes them: where more do, its calls wait, and their handlers begin when
   * it has taken some. Items of streams are made as they are taken, and do not wait. Default 32 MiB.
   */
  readonly maxWaitingBytes: number;
  /**
   * How many bytes of answers may wait in all connections of this process together, those of other servers included. Handlers
   * that run already may answer with more: an answer beyond it fails with `resource-exhausted`, `executed: "yes"`, where more
   * than 1 MiB waits for the same client. Default 1 GiB.
   */
  readonly maxWaitingTogether: number;
}

interface Bound {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

const mostCredit = 2 ** 31 - 1;

const bounds: { readonly [Name in keyof Limits]: Bound } = {
  window: { default: 256 * 1024, min: 16 * 1024, max: mostCredit },
  connectionWindow: { default: 1024 * 1024, min: 16 * 1024, max: mostCredit },
  reserve: { default: 16 * 1024, min: 0, max: mostCredit },
  maxFrameBytes: { default: 64 * 1024, min: 16 * 1024, max: 16 * 1024 * 1024 },
  maxMessageBytes: { default: 4 * 1024 * 1024, min: 16 * 1024, max: 2 ** 30 },
  maxMetadataBytes: { default: 8 * 1024, min: 1024, max: 15_000 },
  maxCalls: { default: 1024, min: 1, max: 2 ** 30 },
  maxDepth: { default: 32, min: 1, max: 512 },
  maxValues: { default: 65_536, min: 1, max: 2 ** 30 },
  fragmentBytes: { default: 48 * 1024, min: 1024, max: 1024 * 1024 },
  maxWindow: { default: 8 * 1024 * 1024, min: 16 * 1024, max: mostCredit },
  maxWidened: { default: 256 * 1024 * 1024, min: 0, max: 2 ** 40 },
  maxWaitingBytes: { default: 32 * 1024 * 1024, min: 16 * 1024, max: 2 ** 40 },
  maxWaitingTogether: { default: 1024 * 1024 * 1024, min: 0, max: 2 ** 40 },
};

export const settingNames = [
  "window",
  "connectionWindow",
  "reserve",
  "maxFrameBytes",
  "maxMessageBytes",
  "maxMetadataBytes",
  "maxCalls",
] as const satisfies readonly (keyof Settings)[];

const limitNames = [
  ...settingNames,
  "maxDepth",
  "maxValues",
  "fragmentBytes",
  "maxWindow",
  "maxWidened",
  "maxWaitingBytes",
  "maxWaitingTogether",
] as const;

/** Whether a number may stand for the named setting. */
export function inRange(name: keyof Limits, value: unknown): value is number {
  const { min, max } = bounds[name];
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

export const defaultLimits: Limits = checkLimits({});

/** What was given, with the defaults for the rest. @throws RpcError `invalid-argument` naming the option and its range */
export function checkLimits(given: Partial<Limits>): Limits {
  const limits: { -readonly [Name in keyof Limits]?: number } = {};
  for (const name of limitNames) {
    const value = given[name] ?? bounds[name].default;
    if (!inRange(name, value)) {
      const { min, max } = bounds[name];
      throw new RpcError(
        "invalid-argument",
        `limit ${name} is ${String(value)}: it must be a whole number from ${min} to ${max}`,
        {
          executed: "no",
        },
      );
    }
    limits[name] = value;
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(bounds, name)) {
      throw new RpcError("invalid-argument", `there is no limit "${name}"; the limits are ${limitNames.join(", ")}`, {
        executed: "no",
      });
    }
  }
  const { window, reserve } = limits as Limits;
  if (reserve > window) {
    throw new RpcError("invalid-argument", `limit reserve is ${reserve}: it must not be more than window, ${window}`, {
      executed: "no",
    });
  }
  return limits as Limits;
}
