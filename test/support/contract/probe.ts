// The contract that tests call from outside: every shape of call, and the kinds of values that travel.

/** Thrown where an account holds less than is asked for. */
export interface Overdrawn {
  account: string;
  missing: number;
}

export interface Parcel {
  id: number;
  label: string;
  weight: number;
  note?: string;
  tags: string[];
  sent: Date;
  content: Uint8Array;
}

export interface Tally {
  label: string;
  parts: number;
  bytes: number;
}

export interface Probe {
  /** The same parcel, back. */
  forward(parcel: Parcel): Promise<Parcel>;
  /** What is left of an account that holds 100. @throws {Overdrawn} */
  withdraw(account: string, amount: number): Promise<number>;
  /** The time left until the caller's deadline in ms; nothing where there is none. */
  timeLeft(): Promise<number | null>;
  /** `count` blocks of `bytes` bytes. */
  blocks(count: number, bytes: number): AsyncIterable<Uint8Array>;
  /** Adds up what comes. */
  tally(label: string, parts: AsyncIterable<Uint8Array>): Promise<Tally>;
  /** Each line in capitals. */
  shout(lines: AsyncIterable<string>): AsyncIterable<string>;
  /** Remembers a text. @oneway */
  note(text: string): void;
  /** The next text that was remembered, as soon as there is one. */
  noted(): Promise<string>;
  /** Never returns; fails when it is given up. */
  wait(): Promise<string>;
  /** Takes no part until it is given up. */
  hold(parts: AsyncIterable<Uint8Array>): Promise<number>;
}
