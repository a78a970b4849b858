/** Everything that a value can be. */
export interface Sample {
  id: number;
  text: string;
  big: bigint;
  at: Date;
  bytes: Uint8Array;
  tags: Set<string>;
  stock: Map<number, string>;
  note?: string;
  parent: Sample | null;
  slots: (string | undefined)[];
}

export interface OutOfStock {
  sku: string;
  left: number;
  since: Date;
}

export interface Total {
  label: string;
  sum: number;
  count: number;
}

export interface Lab {
  echo(sample: Sample): Promise<Sample>;
  /** Bytes back as they came. */
  blob(bytes: Uint8Array): Promise<Uint8Array>;
  /** Answers when it is told to, or never. */
  wait(name: string): Promise<string>;
  /** Fails in the way that is named. @throws {OutOfStock} */
  fail(how: string): Promise<void>;
  count(from: number, to?: number): AsyncIterable<number>;
  chunks(count: number, size: number): AsyncIterable<Uint8Array>;
  /** Adds up. @throws {OutOfStock} */
  sum(label: string, numbers: AsyncIterable<number>): Promise<Total>;
  relay(lines: AsyncIterable<string>): AsyncIterable<string>;
  /** @oneway */
  note(text: string): void;
  /** Says what the handler knows of the call. @timeout 5000ms */
  about(): Promise<Map<string, string>>;
}
