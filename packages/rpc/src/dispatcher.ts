// From an arrived call to its handler: look up, authorise, admit, decode, run. One for each connection; what all
// connections of a server share is in Services.
import { randomUUID } from "node:crypto";
import type { CallerAccess } from "./access.js";
import { CallTable } from "./call-table.js";
import { now } from "./clock.js";
import { codeNumber } from "./code.js";
import { Fifo } from "./fifo.js";
import { decodePayload } from "./form.js";
import type { Interceptor } from "./interceptor.js";
import type { Logger } from "./logger.js";
import { bindMethodTables, ownServiceName } from "./method-table.js";
import { isMisfit, misfit } from "./misfit.js";
import { RpcError } from "./rpc-error.js";
import { ServerCall, type ServerCallOwner } from "./server-call.js";
import type { Method, MethodBinding, ServiceBinding } from "./service.js";
import type { Session, SessionOwner } from "./session.js";
import { lengthOf } from "./span.js";
import type { Arrival, Stream } from "./stream.js";

/** What a server serves, shared by its connections. */
export class Services {
  readonly logger: Logger;
  /** As HELLO tells them: 16 hex digits by the name of the service. */
  readonly fingerprints: ReadonlyMap<string, string>;
  readonly names: readonly string[];
  readonly #interceptors: readonly Interceptor[];
  readonly #methods = new Map<string, MethodBinding>();
  readonly #running = new Map<MethodBinding, number>();

  /** @throws RpcError `invalid-argument` where two bindings have the same service, or one the name of tautline's own */
  constructor(bindings: readonly ServiceBinding[], interceptors: readonly Interceptor[], logger: Logger) {
    this.logger = logger;
    this.#interceptors = interceptors;
    const own = bindMethodTables(bindings);
    const names = new Set([own.service.name]);
    const fingerprints = new Map<string, string>();
    for (const { service, handlers } of bindings) {
      const { name, fingerprint } = service;
      if (names.has(name)) {
        const message = name === own.service.name ? "a name that is tautline's own" : "given twice";
        throw new RpcError("invalid-argument", `the service ${name} is ${message}`, { executed: "no" });
      }
      names.add(name);
      if (fingerprint !== undefined) fingerprints.set(name, fingerprint);
      for (const [path, binding] of handlers) this.#methods.set(path, binding);
    }
    for (const [path, binding] of own.handlers) this.#methods.set(path, binding);
    names.delete(own.service.name);
    this.names = [...names];
    this.fingerprints = fingerprints;
  }

  /** What stands around the calls of a method: nothing where it is tautline's own. */
  interceptorsOf(method: Method): readonly Interceptor[] {
    return method.service === ownServiceName ? [] : this.#interceptors;
  }

  get bindings(): Iterable<MethodBinding> {
    return this.#methods.values();
  }

  find(path: string): MethodBinding | undefined {
    return this.#methods.get(path);
  }

  /** Takes a place for one call of a method; false where its @Limit is reached. */
  enter(binding: MethodBinding): boolean {
    const most = binding.settings.concurrency;
    if (most === undefined) return true;
    const running = this.#running.get(binding) ?? 0;
    if (running >= most) return false;
    this.#running.set(binding, running + 1);
    return true;
  }

  leave(binding: MethodBinding): void {
    if (binding.settings.concurrency !== undefined) this.#running.set(binding, (this.#running.get(binding) ?? 1) - 1);
  }
}

interface Waiting {
  readonly stream: Stream;
  readonly arrival: Arrival;
}

export class Dispatcher implements SessionOwner {
  /** What this connection's caller may do. */
  readonly access: CallerAccess;
  readonly #services: Services;
  readonly #calls = new CallTable<ServerCall>();
  readonly #draining = new AbortController();
  /** One-way calls have no place of their own in maxCalls: beyond it they wait, unconsumed, and so hold the peer back. */
  readonly #oneWays = new Fifo<Waiting>();
  #oneWaysRunning = 0;

  constructor(services: Services, access: CallerAccess) {
    this.#services = services;
    this.access = access;
  }

  /** Calls whose handlers run, those of cancelled calls included. */
  get running(): number {
    return this.#calls.size;
  }

  /** Tells the handlers that the server wants to finish. */
  drain(): void {
    this.#draining.abort();
  }

  /** After the connection's end. */
  clear(): void {
    this.#calls.disarm();
    this.#oneWays.clear();
  }

  takesNoMore(): void {}

  accept(session: Session, stream: Stream, arrival: Arrival): void {
    if (!arrival.oneWay) return this.#take(session, stream, arrival);
    if (this.#oneWaysRunning >= session.limits.maxCalls) return this.#oneWays.push({ stream, arrival });
    this.#oneWaysRunning++;
    this.#take(session, stream, arrival);
  }

  #take(session: Session, stream: Stream, arrival: Arrival): void {
    const startedAt = now();
    const binding = this.#services.find(arrival.path);
    if (binding === undefined) return this.#refuse(session, stream, arrival, this.#unknown(arrival.path));
    const refusal = this.#refusal(binding, arrival, startedAt);
    if (refusal !== undefined) return this.#refuse(session, stream, arrival, refusal);
    // A call that was answered before its handler stopped, at its deadline, has its place no more on the wire but here.
    if (!arrival.oneWay && this.#calls.size - this.#oneWaysRunning >= session.limits.maxCalls) {
      const message = `${session.limits.maxCalls} handlers run on this connection (limit maxCalls)`;
      return this.#refuse(session, stream, arrival, new RpcError("resource-exhausted", message));
    }
    if (!this.#services.enter(binding)) {
      const message = `${binding.settings.concurrency} calls of ${arrival.path} run already (its @Limit)`;
      return this.#refuse(session, stream, arrival, new RpcError("resource-exhausted", message));
    }
    let args: readonly unknown[];
    try {
      args = decodePayload(
        binding.method.request,
        arrival.body,
        arrival.positional ? "positional" : "named",
        session.limits,
      );
    } catch (error) {
      this.#services.leave(binding);
      return this.#refuse(session, stream, arrival, unreadable(arrival.path, error));
    }
    session.consumed(stream, arrival.cost);
    const call = new ServerCall({ owner: this.#owner, session, stream, binding, arrival, startedAt });
    stream.sink = call;
    this.#calls.add(call);
    call.run(args, this.#services.interceptorsOf(binding.method));
  }

  #unknown(path: string): RpcError {
    const [service = ""] = path.split("/", 1);
    const known = this.#services.names.includes(service);
    return new RpcError(
      "unimplemented",
      known ? `this server's ${service} has no such method` : "this server has no such service",
    );
  }

  /** Why a call is not run; undefined where it may be. */
  #refusal(binding: MethodBinding, arrival: Arrival, at: number): RpcError | undefined {
    const { method } = binding;
    const oneWay = method.shape === "one-way";
    if (arrival.oneWay !== oneWay || arrival.end !== (method.requestItem === undefined)) {
      return new RpcError("unimplemented", `${method.path} is of another shape here: ${method.shape}`);
    }
    if (arrival.positional && method.fingerprint === undefined) {
      const message = `${method.path} has no positional form here: send it in the named one`;
      return new RpcError("unimplemented", message);
    }
    if (!this.access.mayCall(binding)) {
      return new RpcError("permission-denied", `this caller may not call ${method.path}`);
    }
    // What waited for too long is not even decoded.
    if (arrival.deadline <= at) return new RpcError("deadline-exceeded", `${method.path} expired before it began`);
    return undefined;
  }

  #refuse(session: Session, stream: Stream, arrival: Arrival, { code, message, details }: RpcError): void {
    session.consumed(stream, arrival.cost);
    // Whoever comes too late is not to blame for it.
    if (code !== "deadline-exceeded") session.wasted(code === "invalid-argument" ? lengthOf(arrival.body) : 0);
    session.end(stream, codeNumber(code), session.outcome({ message, executed: "no", details }));
    const fields = { path: arrival.path.slice(0, 200), peer: session.peer.address, code, message };
    if (code === "permission-denied" || arrival.oneWay) this.#services.logger.warn(fields, "call refused");
    else this.#services.logger.debug(fields, "call refused");
    if (arrival.oneWay) this.#oneWayDone(session);
  }

  #oneWayDone(session: Session): void {
    this.#oneWaysRunning--;
    const next = this.#oneWays.shift();
    if (next === undefined) return;
    this.#oneWaysRunning++;
    this.#take(session, next.stream, next.arrival);
  }

  readonly #owner: ServerCallOwner = {
    stopped: (call) => {
      if (!this.#calls.delete(call)) return;
      this.#services.leave(call.binding);
      if (call.method.shape === "one-way") this.#oneWayDone(call.session);
    },
    handlerThrew: (call, error) => {
      const id = randomUUID().slice(0, 8);
      const err = error instanceof Error ? error : new Error(String(error));
      this.#services.logger.error({ id, path: call.path, peer: call.peer.address, err }, "handler threw");
      return id;
    },
    draining: this.#draining.signal,
  };
}

function unreadable(path: string, error: unknown): RpcError {
  if (isMisfit(error)) return misfit("invalid-argument", path, error);
  return new RpcError("internal", `the arguments of ${path} could not be read`, { cause: error });
}
