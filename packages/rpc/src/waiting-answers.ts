// Answers of one connection that wait for their peer's credit, or for their turn: how many bytes, and whether it takes any of
// them. A peer that asks and takes nothing would have this side hold all that it asked for; so no call begins where too much
// waits. Handlers that run by then answer all the same; where that would be more than the process can hold, their answers fail.
// It knows no streams and no frames. Of a peer that does not read at all the transport knows.
import { now } from "./clock.js";
import type { Limits } from "./limits.js";
import { Patience } from "./patience.js";

/** More bytes than these have to be getting fewer, and need room among those of other connections. */
const patientBytes = 1024 * 1024;
/** Some of them have to be taken within so long, in ms. */
const untakenMs = 10_000;

/** A call whose answer waits. */
export interface Answering {
  /** What is left of it. Written here alone. */
  waitingBytes: number;
}

/** What it asks of its session. */
export interface WaitingAnswersHost {
  /** Whether it is the peer's credit that they wait for, and not the system, which may be slow. */
  isWritable(): boolean;
  /** There is room again. */
  roomForAnswer(): void;
  /** More than 1 MiB waits, and none of it was taken for 10 s. */
  untaken(bytes: number): void;
}

/** What waits in many connections, in bytes. */
export class WaitingTogether {
  total = 0;
}

/** Of all connections of this process. */
const ofProcess = new WaitingTogether();

export class WaitingAnswers {
  readonly #most: number;
  readonly #mostTogether: number;
  readonly #host: WaitingAnswersHost;
  readonly #together: WaitingTogether;
  #bytes = 0;
  #isOver = false;
  /** When some were taken last, or began to be too many, in ms since the epoch. */
  #takenAt = 0;
  #patience: Patience | undefined;

  /** @param together counts what `maxWaitingTogether` bounds */
  constructor(
    { maxWaitingBytes, maxWaitingTogether }: Pick<Limits, "maxWaitingBytes" | "maxWaitingTogether">,
    host: WaitingAnswersHost,
    together = ofProcess,
  ) {
    this.#most = maxWaitingBytes;
    this.#mostTogether = maxWaitingTogether;
    this.#host = host;
    this.#together = together;
  }

  /** Whether another call may begin. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#most;
  }

  /** Whether one more answer that is there already may wait: few do here, or not too many in all connections together. */
  get mayWait(): boolean {
    return this.#bytes <= patientBytes || this.#together.total <= this.#mostTogether;
  }

  add(call: Answering, bytes: number): void {
    if (this.#isOver) return;
    call.waitingBytes += bytes;
    const wereMany = this.#bytes > patientBytes;
    this.#bytes += bytes;
    this.#together.total += bytes;
    if (wereMany || this.#bytes <= patientBytes) return;
    this.#takenAt = now();
    if (this.#patience === undefined) this.#watch(untakenMs);
  }

  /** So much of a call's answer is on its way. */
  taken(call: Answering, bytes: number): void {
    this.#remove(call, bytes);
    if (this.#patience !== undefined) this.#takenAt = now();
  }

  /** What waits of a call's answer will never be sent. */
  dropped(call: Answering): void {
    this.#remove(call, call.waitingBytes);
  }

  /** The connection is over. */
  stop(): void {
    this.#patience?.stop();
    this.#patience = undefined;
    this.#isOver = true;
    this.#together.total -= this.#bytes;
  }

  #remove(call: Answering, bytes: number): void {
    if (this.#isOver || call.waitingBytes === 0) return;
    const hadRoom = this.hasRoom;
    call.waitingBytes -= bytes;
    this.#bytes -= bytes;
    this.#together.total -= bytes;
    if (!hadRoom && this.hasRoom) this.#host.roomForAnswer();
  }

  #watch(ms: number): void {
    this.#patience = new Patience(ms, () => this.#look());
  }

  #look(): void {
    this.#patience = undefined;
    if (this.#bytes <= patientBytes) return;
    const at = now();
    if (!this.#host.isWritable()) this.#takenAt = at;
    const leftMs = this.#takenAt + untakenMs - at;
    if (leftMs > 0) this.#watch(Math.ceil(leftMs));
    else this.#host.untaken(this.#bytes);
  }
}
