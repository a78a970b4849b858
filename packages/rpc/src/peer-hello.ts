// The peer's HELLO: the wait for it, and what it says. PROTOCOL.md §5.
import type { Hello } from "./envelope.js";
import { protocolVersion, type HelloFrame } from "./frame.js";
import { readHello } from "./hello-cache.js";
import { Patience } from "./patience.js";
import type { RpcError } from "./rpc-error.js";
import { Violation } from "./violation.js";

interface Waiter {
  resolve(): void;
  reject(error: RpcError): void;
}

/** That of one connection. The wait runs from its construction on. */
export class PeerHello {
  /** Resolves when it has come; rejects if the wait is given up before. */
  readonly ready: Promise<void>;
  #waiter: Waiter | undefined;
  #patience: Patience | undefined;
  #said: Hello | undefined;

  /** @param overdue called where it has not come within `timeoutMs` */
  constructor(timeoutMs: number, overdue: (violation: Violation) => void) {
    this.ready = new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
    // Who cares awaits it; a session that nobody waits for must not end the process.
    this.ready.catch(() => {});
    this.#patience = new Patience(timeoutMs, () => {
      overdue(new Violation("timeout", `the peer's HELLO did not arrive within ${timeoutMs} ms`));
    });
  }

  /** Undefined until it has come. */
  get said(): Hello | undefined {
    return this.#said;
  }

  /** It has come: `ready` resolves. @throws Violation for a second one, and for one that cannot be accepted */
  take({ version, settings }: HelloFrame): Hello {
    if (this.#said !== undefined) throw new Violation("protocol-error", "a second HELLO");
    if (version !== protocolVersion)
      throw new Violation("bad-hello", `the peer speaks version ${version}, this side ${protocolVersion}`);
    this.#said = readHello(settings);
    this.#waiter?.resolve();
    this.#rest();
    return this.#said;
  }

  /** It need not come any more. */
  giveUp(error: RpcError): void {
    this.#waiter?.reject(error);
    this.#rest();
  }

  /** Holds nothing more of the wait: a connection lives long. */
  #rest(): void {
    this.#patience?.stop();
    this.#patience = undefined;
    this.#waiter = undefined;
  }
}
