// What the instrument and its processes say to each other: a line of words one way, a line of JSON the other. So simple that
// a program in another language can take part.

/** What a server's process tells when it listens. */
export interface Listening {
  readonly port: number;
}

/** What a process has used so far. */
export interface Usage {
  /** User and system time, in µs. */
  readonly cpuUs: number;
  /** How long garbage collection stopped the program, in µs; 0 where nobody collects. */
  readonly gcUs: number;
  readonly rssBytes: number;
  /** The most that it ever had. */
  readonly peakRssBytes: number;
  /** What its objects and their buffers take; absent where nobody knows. */
  readonly heapBytes?: number;
  /** What the server's source was asked for so far; 0 in clients. */
  readonly producedBytes: number;
}

/** What came of one run of one case, in the client. */
export interface Outcome {
  /** How much was done, in the unit of the case: calls, items, bytes, connections. */
  readonly amount: number;
  /** How long that took. */
  readonly seconds: number;
  /** What else the case tells, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

/** The answer to a command that failed, in place of any other. */
export interface Failure {
  readonly error: string;
}
