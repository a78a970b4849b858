// Answers of one connection that wait for their peer's credit, or for their turn: how many bytes, and whether it takes any of
// them. A peer that asks and takes nothing would have this side hold all that it asked for; so no call begins where too much
// waits. It knows no streams and no frames. Of a peer that does not read at all the transport knows.
import { now } from "./clock.js";
import { Patience } from "./patience.js";

/** More bytes than these have to be getting fewer. */
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

export class WaitingAnswers {
  readonly #most: number;
  readonly #host: WaitingAnswersHost;
  #bytes = 0;
  /** When some were taken last, or began to be too many, in ms since the epoch. */
  #takenAt = 0;
  #patience: Patience | undefined;

  /** @param most in bytes: where more wait, there is no room */
  constructor(most: number, host: WaitingAnswersHost) {
    this.#most = most;
    this.#host = host;
  }

  /** Whether another call may begin. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#most;
  }

  add(call: Answering, bytes: number): void {
    call.waitingBytes += bytes;
    const wereMany = this.#bytes > patientBytes;
    this.#bytes += bytes;
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
  }

  #remove(call: Answering, bytes: number): void {
    if (call.waitingBytes === 0) return;
    const hadRoom = this.hasRoom;
    call.waitingBytes -= bytes;
    this.#bytes -= bytes;
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
