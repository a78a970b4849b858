// In which form a channel's calls travel on one connection: by position where both ends have the same version of the
// method, else as maps with names. Knows fingerprints, and neither types nor bytes. PROTOCOL.md §16.
import type { Form } from "./form.js";
import type { Method } from "./service.js";
import type { SkewDirection } from "./telemetry.js";

/** A server's version of one service. */
interface MethodTable {
  /** 32 hex digits by the name of the method. */
  readonly fingerprints: ReadonlyMap<string, string>;
  /** The methods whose difference was told. */
  readonly told: Set<Method>;
}

/** The versions of services that a channel has met, so that a new connection need not ask again: the last 256. */
export class MethodTables {
  readonly #tables = new Map<string, MethodTable>();

  get(service: string, fingerprint: string): MethodTable | undefined {
    return this.#tables.get(`${fingerprint} ${service}`);
  }

  add(service: string, fingerprint: string, fingerprints: ReadonlyMap<string, string>): MethodTable {
    const table = { fingerprints, told: new Set<Method>() };
    this.#tables.set(`${fingerprint} ${service}`, table);
    const [oldest] = this.#tables.keys();
    if (this.#tables.size > 256 && oldest !== undefined) this.#tables.delete(oldest);
    return table;
  }
}

export interface AgreementOptions {
  /** What the server said of its services: 16 hex digits by name. */
  readonly services: ReadonlyMap<string, string>;
  /** Shared by the connections of a channel. */
  readonly tables: MethodTables;
  /** Asks the server for its methods of a service: 32 hex digits by name. Called once for each service at most. */
  readonly query: (service: string) => Promise<ReadonlyMap<string, string>>;
  /** The server has another version of the method; told once for each of its versions. */
  readonly skewed: (method: Method, direction: SkewDirection) => void;
}

/** One connection's. */
export class Agreement {
  readonly #options: AgreementOptions;
  /** What is settled, for as long as the connection lives. */
  readonly #forms = new Map<Method, Form>();
  /** Services that were asked for, with the methods that were called before the answer came; or that none will come. */
  readonly #asked = new Map<string, Set<Method> | "failed">();

  constructor(options: AgreementOptions) {
    this.#options = options;
  }

  /** The form for a call that begins now. Where the server has to be asked it is `named` until its answer is there. */
  formOf(method: Method): Form {
    if (method.fingerprint === undefined) return "named";
    const settled = this.#forms.get(method);
    if (settled !== undefined) return settled;
    const { services, tables } = this.#options;
    const theirs = services.get(method.service);
    if (theirs === undefined) return this.#settle(method, "named");
    if (theirs === method.serviceFingerprint) return this.#settle(method, "positional");
    const table = tables.get(method.service, theirs);
    if (table !== undefined) return this.#compare(method, table);
    const asked = this.#asked.get(method.service);
    // Maps serve as well; the next connection may ask again.
    if (asked === "failed") return this.#settle(method, "named");
    if (asked === undefined) void this.#ask(method, theirs);
    else asked.add(method);
    return "named";
  }

  #settle(method: Method, form: Form): Form {
    this.#forms.set(method, form);
    return form;
  }

  #compare(method: Method, table: MethodTable): Form {
    const theirs = table.fingerprints.get(method.name);
    if (theirs === method.fingerprint) return this.#settle(method, "positional");
    if (!table.told.has(method)) {
      table.told.add(method);
      this.#options.skewed(method, directionOf(method.fingerprint, theirs));
    }
    return this.#settle(method, "named");
  }

  async #ask(method: Method, theirs: string): Promise<void> {
    const { service } = method;
    const waiting = new Set([method]);
    this.#asked.set(service, waiting);
    // The call that made us ask goes first.
    await Promise.resolve();
    let fingerprints: ReadonlyMap<string, string>;
    try {
      fingerprints = await this.#options.query(service);
    } catch {
      this.#asked.set(service, "failed");
      return;
    }
    const table = this.#options.tables.add(service, theirs, fingerprints);
    for (const each of waiting) this.#compare(each, table);
  }
}

/** Each half of a fingerprint stands for one direction. */
function directionOf(ours = "", theirs: string | undefined): SkewDirection {
  if (theirs === undefined) return "missing";
  if (ours.slice(0, 16) === theirs.slice(0, 16)) return "response";
  return ours.slice(16) === theirs.slice(16) ? "request" : "both";
}
