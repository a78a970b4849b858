import type { OwnCertificate, RevocationList, TlsEvent } from "@tautline/core";
import { expect, test } from "vitest";
import { tlsReporter } from "../dist/tls-report.js";
import type { Logger } from "../dist/logger.js";

const certificate: OwnCertificate = {
  option: "tls.cert",
  subject: "O=Shop\nCN=orders",
  serialNumber: "0A",
  fingerprint256: "00",
  publicKey256: "00",
  validFrom: new Date("2026-01-01"),
  validTo: new Date("2026-02-01"),
};
const crl: RevocationList = {
  from: "/etc/shop/lists.crl",
  position: 2,
  fingerprint256: "01",
  validFrom: new Date("2026-01-01"),
  validTo: new Date("2026-02-01"),
};
const hour = 3_600_000;

/** The line that a server logs for `event`. */
function lineOf(event: TlsEvent): unknown[] {
  const lines: unknown[][] = [];
  const line =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push([level, fields, message]);
  const logger: Logger = { info: line("info"), warn: line("warn"), error: line("error"), debug: line("debug") };
  tlsReporter({ side: "server", where: () => "127.0.0.1:7443", logger, onTls: undefined })(event);
  expect(lines).toHaveLength(1);
  return lines[0] ?? [];
}

const address = "127.0.0.1:7443";

test("what ends is named, with how long it has and what to do", () => {
  expect(lineOf({ kind: "expiring", certificate, remainingMs: 71.5 * hour })).toEqual([
    "warn",
    { address, serial: "0A", validTo: certificate.validTo },
    "tls.cert O=Shop, CN=orders expires in 2 days: renew it",
  ]);
  expect(lineOf({ kind: "expired", certificate })).toEqual([
    "error",
    { address, serial: "0A", validTo: certificate.validTo },
    "tls.cert O=Shop, CN=orders has expired: peers refuse it, renew it",
  ]);
  expect(lineOf({ kind: "crl-expiring", crl, remainingMs: 1.5 * hour })).toEqual([
    "warn",
    { address, validTo: crl.validTo },
    "tls.crl: revocation list 2 of /etc/shop/lists.crl is over in 1.5 hours: get the next one",
  ]);
  expect(lineOf({ kind: "crl-expired", crl })).toEqual([
    "error",
    { address, validTo: crl.validTo },
    "tls.crl: revocation list 2 of /etc/shop/lists.crl is over: every peer of its authority is refused, get the next one",
  ]);
});
