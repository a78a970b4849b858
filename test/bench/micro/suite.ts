// What a micro-benchmark is made of. Knows no library.

/** One contender: what it does once, again and again. */
export interface Row {
  readonly name: string;
  /** What it does beyond the others, or leaves out. */
  readonly note: string;
  /** How many bytes it puts on the wire, where it does. */
  readonly wireBytes?: number;
  /** Throws where the contender does not do its work: called once, before anything is timed. */
  readonly verify: () => void;
  readonly run: () => unknown;
  /** How many operations one `run` is. Default 1. */
  readonly operations?: number;
}

/** Contenders for the same work. Ratios are to the first row, which is ours. */
export interface Suite {
  readonly name: string;
  readonly rows: readonly Row[];
}
