export interface Unwelcome {
  who: string;
}

export interface Greeter {
  /** Greets one person. @throws {Unwelcome} */
  greet(name: string): Promise<string>;
  /** Greets every guest as they arrive. */
  welcome(guests: AsyncIterable<string>): AsyncIterable<string>;
}
