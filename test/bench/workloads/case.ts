// A case as data: what is done, how much of it, and what of its outcome counts. Knows none.

/** What one run does. */
export type Work =
  /** Calls, so many at once, for a time, on one connection or in turn on many. */
  | {
      readonly kind: "calls";
      readonly what: "small" | "order" | "bytes";
      readonly concurrency: number;
      /** Default 1. */
      readonly connections?: number;
      /** What one call of bytes carries each way. Default 1 MiB. */
      readonly size?: number;
      /** Streams that stay open on the same connection meanwhile, and say nothing. Default 0. */
      readonly streams?: number;
    }
  /** One stream of small objects. */
  | { readonly kind: "items" }
  /** One stream of 64 KiB chunks; `slow` waits for 10 ms after each. */
  | { readonly kind: "chunks"; readonly slow: boolean }
  /** Connects and calls once, one after the other. */
  | { readonly kind: "connections"; readonly resume: boolean }
  /** Connections that do nothing, all open at once. */
  | { readonly kind: "idle" }
  /** So many streams of small objects at once, on one connection, with so many objects each at least. */
  | { readonly kind: "busy"; readonly streams: number; readonly items: number }
  /** All that a program does in its life, again and again: calls, now and then streams, and what goes wrong. */
  | { readonly kind: "life" }
  /** Small calls one by one, while chunks stream on the same connection. */
  | { readonly kind: "mixed" }
  /** Nothing but a client's process that starts, connects and calls once. */
  | { readonly kind: "start" };

export interface Case {
  /** On the command line and in results. */
  readonly name: string;
  readonly workload: string;
  /** For a reader. */
  readonly title: string;
  readonly work: Work;
  /** How much is done in one run, where an amount bounds it and not a time: items, bytes, connections. */
  readonly amount?: number;
  /** The figure that counts. */
  readonly figure: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** Whether each run needs processes of its own: their memory is what is looked at. */
  readonly fresh?: boolean;
  /** Whether the memory of both processes is told, after a collection. */
  readonly settled?: boolean;
  /** Where it is a point of lines. */
  readonly growth?: Growth;
}

/** What grows, how large it is here, and the figures that are drawn over it. */
export interface Growth {
  readonly of: string;
  readonly at: number;
  readonly lines: readonly { readonly title: string; readonly figure: string; readonly unit: string }[];
}
