// Tells what happens to the certificates of this end: to the log, to the diagnostics channel, to the application's hook.
import type { OwnCertificate, RevocationList, TlsEvent } from "@tautline/core";
import type { Logger } from "./logger.js";
import { publishTls } from "./telemetry.js";
import { attempt, errorOf } from "./thrown.js";

/** Whose certificates they are, and who wants to hear of them. */
export interface TlsAudience {
  readonly side: "server" | "client";
  /** Where the server listens, or the channel leads. */
  readonly where: () => string;
  /** Undefined on clients, which have none: what needs somebody's attention is a warning of the process then. */
  readonly logger: Logger | undefined;
  readonly onTls: ((event: TlsEvent) => void) | undefined;
}

/** What `onTls` of core is to be: it never throws. */
export function tlsReporter({ side, where, logger, onTls }: TlsAudience): (event: TlsEvent) => void {
  return (event) => {
    const { level, fields, message } = describe(event);
    if (logger !== undefined) logger[level]({ address: where(), ...fields }, message);
    else if (onTls === undefined && level !== "info") warn(`${where()}: ${message}`);
    publishTls({ side, where: where(), event });
    attempt(
      () => onTls?.(event),
      (thrown) => {
        const err = errorOf(thrown);
        if (logger !== undefined) logger.error({ err }, "the hook onTls threw");
        else warn(`the hook onTls threw: ${err.message}`);
      },
    );
  };
}

interface Line {
  readonly level: "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

function describe(event: TlsEvent): Line {
  switch (event.kind) {
    case "reloaded":
      return {
        level: "info",
        fields: {
          from: event.previous?.serialNumber,
          to: event.current?.serialNumber,
          validTo: event.current?.validTo,
          trust: event.trust,
          removed: event.removed.length === 0 ? undefined : event.removed.map(nameOf),
        },
        message: "certificates reloaded",
      };
    case "reload-failed":
      return {
        level: "error",
        fields: {},
        message: `certificates could not be reloaded, and those before stay in use: ${event.error.message}`,
      };
    case "expiring": {
      const { certificate, remainingMs } = event;
      return {
        level: "warn",
        fields: fieldsOf(certificate),
        message: `${certificate.option} ${nameOf(certificate)} expires in ${duration(remainingMs)}: renew it`,
      };
    }
    case "expired": {
      const { certificate } = event;
      return {
        level: "error",
        fields: fieldsOf(certificate),
        message: `${certificate.option} ${nameOf(certificate)} has expired: peers refuse it, renew it`,
      };
    }
    case "crl-expiring": {
      const { crl, remainingMs } = event;
      const message = `${listOf(crl)} is over in ${duration(remainingMs)}: get the next one`;
      return { level: "warn", fields: { validTo: crl.validTo }, message };
    }
    case "crl-expired": {
      const { crl } = event;
      const message = `${listOf(crl)} is over: every peer of its authority is refused, get the next one`;
      return { level: "error", fields: { validTo: crl.validTo }, message };
    }
  }
}

function fieldsOf({ serialNumber, validTo }: OwnCertificate): object {
  return { serial: serialNumber, validTo };
}

function nameOf({ subject }: OwnCertificate): string {
  return subject.replaceAll("\n", ", ");
}

function listOf({ from, position }: RevocationList): string {
  return `tls.crl: revocation list ${position} of ${from}`;
}

function duration(ms: number): string {
  const hours = ms / 3_600_000;
  return hours >= 48 ? `${Math.floor(hours / 24)} days` : `${hours.toFixed(1)} hours`;
}

function warn(message: string): void {
  process.emitWarning(message, { type: "TautlineWarning", code: "TAUTLINE_TLS" });
}
