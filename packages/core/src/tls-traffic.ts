// Whether peers keep this end busy with TLS itself: keys that change again and again, records of a byte. OpenSSL does that work
// before anybody is told, as much at once as a socket has, and bounds none of it. So whoever held up the loop is looked for behind it.
import { TransportError } from "./errors.js";

/** Whether the loop was held up is looked at so often while there are connections, in ms. */
const tickMs = 100;
/** It was where that comes so much too late. */
const lateMs = 20;
/** No sooner again behind a look at all connections, which is work itself where there are many, in ms. */
const lookGapMs = 1000;
/**
 * So much of TLS is nobody's fault, in bytes since the last look: half of it is what a paused connection can have in hand, the
 * other half two thousand changes of keys.
 */
const freeTlsBytes = 128 * 1024;
/** Beyond, one byte in so many has to be a byte of frames: a record of the shortest frame has one in four. */
const growth = 8;

/** What is asked of a connection below TLS. */
export interface TlsCarrier {
  readonly bytesRead: number;
}

/** And above. */
export interface TlsTransport {
  readonly receivedBytes: number;
  readonly closed: Promise<void>;
  /** Reads no more; ended with `error`. */
  refuse(error: TransportError): void;
}

interface Watched {
  readonly carrier: TlsCarrier;
  readonly transport: TlsTransport;
  readonly address: string;
  tlsBytes: number;
  bytes: number;
}

/** The connections of one listener, or all that this process made. */
export class TlsTraffic {
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;
  #tickedAt = 0;
  #lookedAt = -Infinity;

  /** Until it is closed. */
  watch(carrier: TlsCarrier, transport: TlsTransport, address: string): void {
    const watched = { carrier, transport, address, tlsBytes: carrier.bytesRead, bytes: transport.receivedBytes };
    this.#watched.add(watched);
    if (this.#timer === undefined) {
      this.#tickedAt = performance.now();
      this.#timer = setInterval(this.#tick, tickMs).unref();
    }
    void transport.closed.then(() => {
      this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  readonly #tick = (): void => {
    const at = performance.now();
    const isLate = at - this.#tickedAt > tickMs + lateMs;
    this.#tickedAt = at;
    if (!isLate || at - this.#lookedAt < lookGapMs) return;
    this.#lookedAt = at;
    for (const each of this.#watched) this.#look(each);
  };

  #look(watched: Watched): void {
    const { carrier, transport, address } = watched;
    const tlsBytes = carrier.bytesRead - watched.tlsBytes;
    const bytes = transport.receivedBytes - watched.bytes;
    watched.tlsBytes += tlsBytes;
    watched.bytes += bytes;
    if (tlsBytes <= freeTlsBytes || bytes * growth >= tlsBytes) return;
    const text = `${tlsBytes} bytes of TLS came from it, and ${bytes} of frames in them: keys that change, or tiny records`;
    transport.refuse(new TransportError("flooded", `${address} keeps this end busy with TLS: ${text}`));
  }
}
