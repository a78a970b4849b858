// From an arrived call to its handler: admit, look up, authorise, decode, run. One for each connection; what all
// connections of a server share is in Services.
import { randomUUID } from "node:crypto";
import type { CallerAccess } from "./access.js";
import type { Line } from "./admission.js";
import { CallTable } from "./call-table.js";
import { now } from "./clock.js";
import { codeNumber } from "./code.js";
import { Fifo } from "./fifo.js";
import { decodePayload } from "./form.js";
import { HeldBodies, type Held } from "./held-bodies.js";
import { isMisfit, misfit } from "./misfit.js";
import { shed, type CallRefusal } from "./overload.js";
import { ServerCall, type ServerCallOwner } from "./server-call.js";
import type { MethodBinding } from "./service.js";
import type { Services } from "./services.js";
import type { Session, SessionOwner } from "./session.js";
import { lengthOf } from "./span.js";
import type { Arrival, Stream } from "./stream.js";
import { errorOf } from "./thrown.js";
import { WaitingCall, WaitingCalls } from "./waiting-calls.js";

interface WaitingOneWay extends Held {
  readonly stream: Stream;
  readonly arrival: Arrival;
}

export class Dispatcher implements SessionOwner, ServerCallOwner, Line {
  /** What this connection's caller may do. */
  readonly access: CallerAccess;
  readonly #services: Services;
  readonly #calls = new CallTable<ServerCall>();
  #isDraining = false;
  /** Made when a handler looks at it: most never do. */
  #draining: AbortController | undefined;
  isInLine = false;
  readonly #waiting = new WaitingCalls();
  /**
   * One-way calls have no place of their own in maxCalls: beyond it they wait, unconsumed, and so hold the peer back. None is
   * refused because it waits, since nobody would learn it, and they keep their order.
   */
  readonly #oneWays = new Fifo<WaitingOneWay>();
  readonly #heldOneWays = new HeldBodies();
  #oneWaysRunning = 0;
  #isOneWaysTurn = false;
  #session: Session | undefined;

  constructor(services: Services, access: CallerAccess) {
    this.#services = services;
    this.access = access;
  }

  /** Tells the handlers that the server wants to finish. */
  drain(): void {
    this.#isDraining = true;
    this.#draining?.abort();
  }

  /** After the connection's end. */
  clear(): void {
    this.#calls.disarm();
    this.#oneWays.clear();
    this.#heldOneWays.clear();
    if (this.#session !== undefined) this.#session.isHeldBack = false;
    this.#services.admission.waits(-this.#waiting.size);
    this.#waiting.clear();
  }

  /** The calls whose handlers have not stopped. */
  get running(): readonly ServerCall[] {
    return this.#calls.all();
  }

  takesNoMore(): void {}

  accept(session: Session, stream: Stream, arrival: Arrival): void {
    const at = now();
    this.#session = session;
    if (arrival.oneWay) return this.#acceptOneWay(session, stream, arrival, at);
    const { admission } = this.#services;
    // Calls that stream need a handler to take what they send.
    if (!arrival.end || (this.#waiting.size === 0 && session.hasRoomForAnswer && admission.mayBegin(at)))
      return this.#take(session, stream, arrival, at);
    if (!admission.mayWait(this.#waiting.size)) {
      const message = `${admission.waiting} calls wait for their turn (option overload.maxWaiting)`;
      return this.#refuse(session, stream, arrival, shed(message));
    }
    this.#waiting.push(new WaitingCall(session, stream, arrival));
    admission.waits(1);
    if (session.hasRoomForAnswer) admission.join(this);
  }

  roomForAnswer(): void {
    if (this.#waiting.size > 0) this.#services.admission.join(this);
  }

  #acceptOneWay(session: Session, stream: Stream, arrival: Arrival, at: number): void {
    const hasPlace = this.#oneWaysRunning < session.limits.maxCalls;
    if (hasPlace && this.#oneWays.size === 0 && this.#services.admission.mayBegin(at)) {
      this.#oneWaysRunning++;
      return this.#take(session, stream, arrival, at);
    }
    const { body, cost, bytes } = this.#heldOneWays.hold(arrival.body, arrival.cost);
    arrival.body = body;
    this.#oneWays.push({ stream, arrival, cost, bytes });
    if (!hasPlace) return;
    this.#holdBack(session);
    this.#services.admission.join(this);
  }

  /** What waits costs more memory than it was charged: there are no more than so many of those that could begin. */
  #holdBack(session: Session): void {
    const { maxCalls } = session.limits;
    session.isHeldBack = this.#oneWays.size >= maxCalls && this.#oneWaysRunning < maxCalls;
  }

  next(at: number): boolean {
    const session = this.#session;
    if (session === undefined) return false;
    try {
      return this.#next(session, at);
    } catch (error) {
      session.failed(error);
      return false;
    }
  }

  #next(session: Session, at: number): boolean {
    const hasPlace = this.#oneWaysRunning < session.limits.maxCalls;
    // Turn and turn about: neither keeps the other from running.
    this.#isOneWaysTurn = hasPlace && (!this.#isOneWaysTurn || !this.#mayBeginWaiting(session));
    const oneWay = this.#isOneWaysTurn ? this.#oneWays.shift() : undefined;
    if (oneWay === undefined) this.#nextWaiting(session, at);
    else {
      this.#oneWaysRunning++;
      this.#heldOneWays.release(oneWay);
      this.#take(session, oneWay.stream, oneWay.arrival, at);
    }
    this.#holdBack(session);
    return this.#mayBeginWaiting(session) || (this.#oneWays.size > 0 && this.#oneWaysRunning < session.limits.maxCalls);
  }

  /** Who has answers enough waiting for it gets no others made. */
  #mayBeginWaiting(session: Session): boolean {
    return this.#waiting.size > 0 && session.hasRoomForAnswer;
  }

  #nextWaiting(session: Session, at: number): void {
    const before = this.#waiting.size;
    // Its calls are told one after the other, and these can wait for it.
    if (session.state === "closed") this.#waiting.clear();
    const call = this.#nextCall(session, at);
    this.#services.admission.waits(this.#waiting.size - before);
    if (call?.arrival !== undefined) this.#take(session, call.stream, call.arrival, at);
  }

  #nextCall(session: Session, at: number): WaitingCall | undefined {
    if (!this.#mayBeginWaiting(session)) return undefined;
    return this.#waiting.next(at, ({ stream }, arrival) => {
      const waited = `${Math.round(at - arrival.arrivedAt)} ms, half of its time`;
      const late = shed(`${arrival.path} waited for ${waited}, and had no turn of the event loop`);
      this.#refuse(session, stream, arrival, arrival.deadline <= at ? expired(arrival) : late);
    });
  }

  #take(session: Session, stream: Stream, arrival: Arrival, startedAt: number): void {
    const binding = this.#services.find(arrival.path);
    if (binding === undefined) return this.#refuse(session, stream, arrival, this.#unknown(arrival.path));
    // `authorize` may have ended the connection: who begins then is never told.
    const refusal = this.#refusal(binding, arrival, startedAt) ?? (session.state === "closed" ? ended : undefined);
    if (refusal !== undefined) return this.#refuse(session, stream, arrival, refusal);
    // A call that was answered before its handler stopped, at its deadline, has its place no more on the wire but here.
    if (!arrival.oneWay && this.#calls.size - this.#oneWaysRunning >= session.limits.maxCalls) {
      const message = `${session.limits.maxCalls} handlers run on this connection (limit maxCalls)`;
      return this.#refuse(session, stream, arrival, shed(message));
    }
    const { admission } = this.#services;
    const full = admission.hasRoom(this.#calls.size) ? binding.refusal(session) : admission.refusal;
    if (full !== undefined) return this.#refuse(session, stream, arrival, full);
    let args: readonly unknown[];
    try {
      args = decodePayload(
        binding.method.request,
        arrival.body,
        arrival.positional ? "positional" : "named",
        session.limits,
      );
    } catch (error) {
      return this.#refuse(session, stream, arrival, unreadable(arrival.path, error));
    }
    session.consumed(stream, arrival.cost);
    admission.begun(this.#calls.size);
    const call = new ServerCall({ owner: this, session, stream, binding, arrival, startedAt });
    binding.enter(call);
    stream.sink = call;
    this.#calls.add(call);
    call.run(args, this.#services.interceptorsOf(binding.method));
  }

  #unknown(path: string): CallRefusal {
    const [service = ""] = path.split("/", 1);
    const known = this.#services.names.includes(service);
    const message = known ? `this server's ${service} has no such method` : "this server has no such service";
    return { code: "unimplemented", message };
  }

  /** Why a call is not run; undefined where it may be. */
  #refusal(binding: MethodBinding, arrival: Arrival, at: number): CallRefusal | undefined {
    const { method } = binding;
    const oneWay = method.shape === "one-way";
    if (arrival.oneWay !== oneWay || arrival.end !== (method.requestItem === undefined)) {
      return { code: "unimplemented", message: `${method.path} is of another shape here: ${method.shape}` };
    }
    if (arrival.positional && method.fingerprint === undefined) {
      const message = `${method.path} has no positional form here: send it in the named one`;
      return { code: "unimplemented", message };
    }
    if (!this.access.mayCall(binding)) {
      return { code: "permission-denied", message: `this caller may not call ${method.path}` };
    }
    // What waited for too long is not even decoded.
    return arrival.deadline <= at ? expired(arrival) : undefined;
  }

  #refuse(session: Session, stream: Stream, arrival: Arrival, refusal: CallRefusal): void {
    const { code, message, details, retryAfterMs } = refusal;
    session.consumed(stream, arrival.cost);
    // Whoever comes too late, or when there is no room, is not to blame for it (V21).
    if (code !== "deadline-exceeded" && retryAfterMs === undefined)
      session.wasted(code === "invalid-argument" ? lengthOf(arrival.body) : 0);
    session.end(stream, codeNumber(code), session.outcome({ message, executed: "no", details, retryAfterMs }));
    this.#log(session, arrival, refusal);
    if (arrival.oneWay) this.#oneWayDone();
  }

  #log({ peer }: Session, { path, oneWay }: Arrival, { code, message, retryAfterMs }: CallRefusal): void {
    const { logger, refusals } = this.#services;
    const fields = { path: path.slice(0, 200), code, message };
    // The rest is the caller's to learn, and for an operator who looks for it.
    if (code !== "permission-denied" && retryAfterMs === undefined && !oneWay)
      return logger.debug({ peer: peer.address, ...fields }, "call refused");
    const cause = this.#services.find(path) === undefined ? code : `${code} ${path}`;
    refusals.warn(cause, peer.address, fields, "call refused");
  }

  refused(session: Session, why: string): void {
    this.#services.refusals.warn("limit", session.peer.address, { code: "resource-exhausted" }, `call refused: ${why}`);
  }

  #oneWayDone(): void {
    this.#oneWaysRunning--;
    if (this.#oneWays.size > 0) this.#services.admission.join(this);
  }

  // ——— what its calls tell ———

  stopped(call: ServerCall): void {
    if (!this.#calls.delete(call)) return;
    this.#services.admission.ended(this.#calls.size);
    call.binding.leave(call);
    if (call.method.shape === "one-way") this.#oneWayDone();
  }

  abandoned(call: ServerCall): void {
    call.binding.abandon(call);
  }

  handlerThrew(call: ServerCall, error: unknown): string {
    const id = randomUUID().slice(0, 8);
    const fields = { id, path: call.path, peer: call.peer.address, err: errorOf(error) };
    this.#services.logger.error(fields, "handler threw");
    return id;
  }

  get draining(): AbortSignal {
    if (this.#draining === undefined) {
      this.#draining = new AbortController();
      if (this.#isDraining) this.#draining.abort();
    }
    return this.#draining.signal;
  }
}

const ended: CallRefusal = { code: "unavailable", message: "the connection has ended" };

function expired({ path }: Arrival): CallRefusal {
  return { code: "deadline-exceeded", message: `${path} expired before it began` };
}

function unreadable(path: string, error: unknown): CallRefusal {
  if (isMisfit(error)) return misfit("invalid-argument", path, error);
  return { code: "internal", message: `the arguments of ${path} could not be read` };
}
