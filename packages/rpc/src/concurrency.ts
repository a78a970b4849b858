// How many calls of one method should run at once: what no setting says where handlers wait for something that is used up,
// a pool or another service. Learnt as TCP learns a way's capacity, by AIMD: halved where answers come ever later, until they
// take most of the time that their calls have, and raised bit by bit while they do not. Durations are in ms; it reads no clock.
//
// What always takes long, or is given up at its deadline as a matter of course (whoever asks for the next job), is not
// overload: answers must have become late that are not where few calls run.

/** An answer is late that took this share of its call's time. */
const lateShare = 3 / 4;
/** The shares that one more answer has in what answers take now, and in what they take where few calls run. */
const recentShare = 1 / 16;
const usualShare = 1 / 256;
/** One of so many answers is looked at; but each where few run, until so many of those are known. */
const lookEvery = 4;
const knownAnswers = 64;
/** Before so many are known nothing is late. */
const leastAnswers = 8;
/** What runs beside fewer than these takes as long as it takes. */
const usualCalls = 16;
/** By how much an answer raises the limit, where as many calls come as may. */
const step = 1 / 16;
/** After so many times as long as a late answer took without another, there is no limit any more. */
const restTimes = 32;

export class Concurrency {
  readonly #least: number;
  /** Calls that run; those whose deadline has passed run on, and nobody waits for them. */
  #running = 0;
  #abandoned = 0;
  #limit = Infinity;
  #recentMs = 0;
  #usualMs = 0;
  #ended = 0;
  #answers = 0;
  #usualAnswers = 0;
  #cutAt = -Infinity;
  /** How long the answer took for which it was cut. */
  #lateMs = 0;

  /** @param least it is never cut below, those excepted whose deadline has passed; Infinity: it is never cut */
  constructor(least: number) {
    this.#least = least;
  }

  /** How many may run at once; Infinity while they are as many as come. */
  get limit(): number {
    return this.#limit;
  }

  get isReached(): boolean {
    // Handlers that never stop must not keep everybody out for ever.
    return this.#running >= this.#limit && this.#running - this.#abandoned >= this.#least;
  }

  /** Whether it began among few, so that what it takes is what calls usually take: {@link ended} and {@link answered} ask. */
  begun(): boolean {
    return this.#running++ < usualCalls;
  }

  /** A call has stopped, in time. Whether {@link answered} should be told of it. */
  ended(amongFew: boolean): boolean {
    this.#running--;
    return (
      this.#limit !== Infinity || (amongFew && this.#usualAnswers < knownAnswers) || this.#ended++ % lookEvery === 0
    );
  }

  /** A call that ended took so long, and might have taken `allowedMs`. */
  answered(amongFew: boolean, tookMs: number, allowedMs: number, at: number): void {
    this.#recentMs += (tookMs - this.#recentMs) * Math.max(1 / ++this.#answers, recentShare);
    if (amongFew && this.#limit === Infinity)
      this.#usualMs += (tookMs - this.#usualMs) * Math.max(1 / ++this.#usualAnswers, usualShare);
    if (tookMs >= allowedMs * lateShare) return this.#cut(tookMs, at);
    if (this.#limit === Infinity) return;
    if (at - this.#cutAt > this.#lateMs * restTimes) this.#limit = Infinity;
    else if (this.#running + 1 >= this.#limit / 2) this.#limit += step;
  }

  /** The deadline of a call that runs has passed, after so long; {@link stopped} follows. */
  abandoned(tookMs: number, at: number): void {
    this.#abandoned++;
    this.#cut(tookMs, at);
  }

  /** A call that was abandoned has stopped. */
  stopped(): void {
    this.#running--;
    this.#abandoned--;
  }

  #cut(tookMs: number, at: number): void {
    if (this.#usualAnswers < leastAnswers || this.#recentMs < Math.max(tookMs / 2, 2 * this.#usualMs)) return;
    // What ran already does not know of the last cut.
    if (at - this.#cutAt < this.#lateMs) return;
    this.#cutAt = at;
    this.#lateMs = tookMs;
    this.#limit = Math.max(this.#least, Math.min(this.#limit, this.#running) / 2);
  }
}
