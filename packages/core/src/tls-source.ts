// The TLS material of one options object over time: loaded, loaded again when its files change or somebody asks, and told
// of before it expires. It knows files and dates, not sockets.
import { TransportError } from "./errors.js";
import { expiryStage, type ExpiryStage } from "./expiry.js";
import { signatureOf } from "./file-signature.js";
import type { OwnCertificate } from "./own-certificate.js";
import type { RevocationList } from "./revocation-list.js";
import { filesOf, loadMaterial, type TlsMaterial, type TlsOptions } from "./tls-material.js";

/** What an operator is told of the certificates of one end. */
export type TlsEvent =
  | TlsReloaded
  /** A set that cannot be used; the one before it stays. */
  | { readonly kind: "reload-failed"; readonly error: Error }
  /** Less than a third, then less than a tenth of its life is left (at most 30 and 3 days). */
  | { readonly kind: "expiring"; readonly certificate: OwnCertificate; readonly remainingMs: number }
  | { readonly kind: "expired"; readonly certificate: OwnCertificate }
  /** The same of a revocation list: once it is over, every peer of its authority is refused. */
  | { readonly kind: "crl-expiring"; readonly crl: RevocationList; readonly remainingMs: number }
  | { readonly kind: "crl-expired"; readonly crl: RevocationList };

/** Another set is in use, for connections made from now on. */
export interface TlsReloaded {
  readonly kind: "reloaded";
  /** Our leaf before and now; undefined on a client without one. */
  readonly previous: OwnCertificate | undefined;
  readonly current: OwnCertificate | undefined;
  /** Narrowed where an authority is gone, or revocation lists differ; widened where there are only more authorities. */
  readonly trust: "same" | "widened" | "narrowed";
  /** Authorities that are trusted now, and those that were and are not any more. */
  readonly authorities: readonly OwnCertificate[];
  readonly removed: readonly OwnCertificate[];
}

/** Must not throw. */
export type TlsWatcher = (event: TlsEvent) => void;

/** A set, and what connections need of it. */
export interface TlsSet<Used> {
  readonly material: TlsMaterial;
  readonly used: Used;
  /** How often trust was narrowed before it. */
  readonly narrowings: number;
}

/** How often files are looked at while anybody watches, and at most before a connection, in ms. */
const lookMs = 500;
/** Files that changed less long ago may still be written, in ms: half of a bundle is no bundle. */
const settleMs = 200;

/**
 * Holds what `use` makes of the set that is valid now.
 *
 * @typeParam Used what connections need
 */
export class TlsSource<Used> {
  readonly #end: "client" | "server";
  readonly #use: (material: TlsMaterial) => Used;
  readonly #watchers = new Map<TlsWatcher, number>();
  readonly #told = new Map<string, ExpiryStage>();
  #options: TlsOptions;
  #now: TlsSet<Used> | undefined;
  /** Of the files when they were last read, and when that was asked. */
  #signature = "";
  #lookedAt = 0;
  /** A change that may not be whole yet; it is where it is still the same at the next look. */
  #unsettled = "";
  /** A change that could not be loaded, and is told if it is still the same at the next look: files come one by one. */
  #untold: TransportError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @param use takes a set that was checked; what it throws leaves the one before in use */
  constructor(options: TlsOptions, end: "client" | "server", use: (material: TlsMaterial) => Used) {
    this.#options = options;
    this.#end = end;
    this.#use = use;
  }

  /**
   * The set in use. The first is loaded here; later its files are looked at, at most every 500 ms.
   *
   * @throws TransportError `bad-option` where there is none yet and it cannot be used
   */
  async current(): Promise<TlsSet<Used>> {
    if (this.#now !== undefined) {
      if (Date.now() - this.#lookedAt >= lookMs) await this.look();
      return this.#now;
    }
    return this.#inTurn(async () => this.#now ?? (await this.#load(this.#options)));
  }

  /** Whether somebody is trusted by `set` who is not any more. */
  hasNarrowedSince(set: TlsSet<Used>): boolean {
    return this.#now !== undefined && this.#now.narrowings > set.narrowings;
  }

  /** Of the set in use; empty before the first. */
  get certificates(): readonly OwnCertificate[] {
    return this.#now?.material.certificates ?? [];
  }

  /**
   * Loads `options`, or the same again, and uses them from now on. Whoever watches is told of it, and of its failure.
   *
   * @throws TransportError `bad-option` where they cannot be used; then the ones before stay in use
   */
  reload(options: TlsOptions = this.#options): Promise<void> {
    return this.#inTurn(async () => {
      try {
        await this.#load(options);
      } catch (error) {
        this.#tell({ kind: "reload-failed", error: error instanceof Error ? error : new Error(String(error)) });
        throw error;
      }
    });
  }

  /**
   * Tells `watcher` of changes and of expiry until what it returns is called. Files are looked at meanwhile; what it returns
   * resolves when none is any more.
   */
  watch(watcher: TlsWatcher): () => Promise<void> {
    this.#watchers.set(watcher, (this.#watchers.get(watcher) ?? 0) + 1);
    this.#timer ??= setInterval(() => void this.look(), lookMs).unref();
    return () => {
      const left = (this.#watchers.get(watcher) ?? 1) - 1;
      if (left > 0) this.#watchers.set(watcher, left);
      else this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
      return this.#looking ?? Promise.resolve();
    };
  }

  /** Looks at the files and the dates once. Never rejects: what is wrong is told. */
  look(): Promise<void> {
    this.#looking ??= this.#inTurn(() => this.#look()).finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    this.#lookedAt = Date.now();
    const { text, changedAt } = await signatureOf(filesOf(this.#options));
    if (text === this.#signature) {
      if (this.#untold !== undefined) this.#tell({ kind: "reload-failed", error: this.#untold });
      this.#untold = undefined;
    } else if (text !== this.#unsettled && Date.now() - changedAt < settleMs) {
      this.#unsettled = text;
    } else {
      try {
        await this.#load(this.#options);
      } catch (error) {
        this.#untold = error instanceof TransportError ? error : new TransportError("bad-option", String(error));
      }
    }
    this.#tellExpiry();
  }

  /** The signature is taken before the files are read: what changes meanwhile is seen at the next look. */
  async #load(options: TlsOptions): Promise<TlsSet<Used>> {
    this.#lookedAt = Date.now();
    this.#signature = (await signatureOf(filesOf(options))).text;
    const material = await loadMaterial(options, this.#end);
    const before = this.#now;
    const change = before && changeOf(before.material, material);
    const narrowings = (before?.narrowings ?? 0) + (change?.trust === "narrowed" ? 1 : 0);
    const now =
      before !== undefined && change === undefined ? before : { material, used: this.#use(material), narrowings };
    // Not before `use` has taken them.
    this.#now = now;
    this.#options = options;
    this.#untold = undefined;
    // What was told of certificates that are gone is forgotten: a process may renew its own for years.
    const dated = [...material.certificates, ...material.revocationLists];
    const current = new Set(dated.map(({ fingerprint256 }) => fingerprint256));
    for (const fingerprint of this.#told.keys()) if (!current.has(fingerprint)) this.#told.delete(fingerprint);
    if (change !== undefined) this.#tell(change);
    return now;
  }

  #tellExpiry(): void {
    const { certificates = [], revocationLists = [] } = this.#now?.material ?? {};
    for (const certificate of certificates) {
      this.#tellEnd(certificate, (remainingMs) =>
        remainingMs < 0 ? { kind: "expired", certificate } : { kind: "expiring", certificate, remainingMs },
      );
    }
    for (const crl of revocationLists) {
      this.#tellEnd(crl, (remainingMs) =>
        remainingMs < 0 ? { kind: "crl-expired", crl } : { kind: "crl-expiring", crl, remainingMs },
      );
    }
  }

  /** Once for each stage. */
  #tellEnd(dated: OwnCertificate | RevocationList, eventOf: (remainingMs: number) => TlsEvent): void {
    const { fingerprint256, validFrom, validTo } = dated;
    if (validTo === undefined) return;
    const at = Date.now();
    const stage = expiryStage({ validFrom, validTo }, at);
    if (stage <= (this.#told.get(fingerprint256) ?? 0)) return;
    this.#told.set(fingerprint256, stage);
    this.#tell(eventOf(validTo.getTime() - at));
  }

  #tell(event: TlsEvent): void {
    for (const watcher of this.#watchers.keys()) watcher(event);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** What is told of a set that took the place of another; undefined where they are the same. */
export function changeOf(before: TlsMaterial, after: TlsMaterial): TlsReloaded | undefined {
  if (before.digest === after.digest) return undefined;
  const authorities = authoritiesOf(after);
  const earlier = authoritiesOf(before);
  const removed = without(earlier, authorities);
  const narrowed = removed.length > 0 || String(before.crl) !== String(after.crl);
  const widened = without(authorities, earlier).length > 0;
  return {
    kind: "reloaded",
    previous: leafOf(before),
    current: leafOf(after),
    trust: narrowed ? "narrowed" : widened ? "widened" : "same",
    authorities,
    removed,
  };
}

function without(all: readonly OwnCertificate[], others: readonly OwnCertificate[]): readonly OwnCertificate[] {
  const fingerprints = new Set(others.map(({ fingerprint256 }) => fingerprint256));
  return all.filter(({ fingerprint256 }) => !fingerprints.has(fingerprint256));
}

function authoritiesOf({ certificates }: TlsMaterial): readonly OwnCertificate[] {
  return certificates.filter(({ option }) => option === "tls.ca");
}

function leafOf({ certificates }: TlsMaterial): OwnCertificate | undefined {
  return certificates.find(({ option }) => option === "tls.cert");
}
