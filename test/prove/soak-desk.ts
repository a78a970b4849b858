// What serves the clients of a soak: Probe, with a handler that fails and a stream that ends when it is asked to.
import type { CallContext } from "@tautline/rpc";
import { Desk } from "../fuzz/fuzzed-server.js";
import { brokenAccount } from "./soak-errands.js";

export class SoakDesk extends Desk {
  override async withdraw(account: string, amount: number): Promise<number> {
    if (account === brokenAccount) throw new Error("a handler that fails");
    return super.withdraw(account, amount);
  }

  /** Ends when the server wants to finish with its connection. */
  override async *shout(lines: AsyncIterable<string>, { draining }: CallContext): AsyncIterable<string> {
    const said = lines[Symbol.asyncIterator]();
    const leave = (): void => void said.return?.();
    draining.addEventListener("abort", leave);
    try {
      for await (const line of { [Symbol.asyncIterator]: () => said }) yield line.toUpperCase();
    } finally {
      draining.removeEventListener("abort", leave);
    }
  }
}
