// A revocation list of `tls.crl`, as plain data: until when it holds. Of what it revokes, OpenSSL judges. RFC 5280 §5.1.
import { createHash } from "node:crypto";
import { badOption } from "./option-check.js";

/** One list of `tls.crl`: what an operator needs to find and to renew it. */
export interface RevocationList {
  /** The file that it is in, or that it was given as PEM; and which of the lists in there, from 1 on. */
  readonly from: string;
  readonly position: number;
  /** SHA-256 over the DER form, upper-case hex pairs with colons. */
  readonly fingerprint256: string;
  /** When it was issued: its `thisUpdate`. */
  readonly validFrom: Date;
  /** When the next one is due at the latest: its `nextUpdate`. Behind that every certificate of its authority is refused. */
  readonly validTo: Date | undefined;
}

/**
 * Reads the dates of one list in PEM.
 *
 * @throws TransportError `bad-option` where it is none, or is out of date
 */
export function revocationList(pem: string, from: string, position: number): RevocationList {
  const der = Buffer.from(pem.replaceAll(/-----[^-]*-----/g, ""), "base64");
  const dates = datesOf(der);
  if (dates === undefined) {
    throw badOption(
      "tls.crl",
      `${from} has a revocation list that cannot be read (number ${position}): is it cut off?`,
    );
  }
  const [validFrom, validTo] = dates;
  if (validTo !== undefined && validTo.getTime() < Date.now()) {
    throw badOption(
      "tls.crl",
      `${from} has a revocation list (number ${position}) that is out of date since ${validTo.toISOString()}: ` +
        "every certificate of its authority would be refused; get the next one",
    );
  }
  const digest = createHash("sha256").update(der).digest("hex").toUpperCase();
  return { from, position, fingerprint256: digest.replaceAll(/..(?!$)/g, "$&:"), validFrom, validTo };
}

const tags = { integer: 0x02, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30 } as const;

/**
 * `CertificateList ::= SEQUENCE { tbsCertList SEQUENCE { version INTEGER OPTIONAL, signature SEQUENCE, issuer SEQUENCE,
 * thisUpdate Time, nextUpdate Time OPTIONAL, … }, … }`
 */
function datesOf(der: Buffer): [Date, Date | undefined] | undefined {
  const [list, behind] = valuesOf(der);
  if (list?.tag !== tags.sequence || behind !== undefined) return undefined;
  const [signed] = valuesOf(list.content);
  if (signed?.tag !== tags.sequence) return undefined;
  const fields = valuesOf(signed.content);
  const at = fields[0]?.tag === tags.integer ? 3 : 2;
  const validFrom = timeOf(fields[at]);
  return validFrom && [validFrom, timeOf(fields[at + 1])];
}

interface DerValue {
  readonly tag: number;
  readonly content: Buffer;
}

/** The values that stand in `der` one behind the other (X.690 §8.1); none where one is cut off. */
function valuesOf(der: Buffer): readonly DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < der.length;) {
    const tag = der[at] ?? 0;
    const first = der[at + 1] ?? 0;
    // Up to 127 it is the length, and above it says how many bytes have it.
    const more = first < 0x80 ? 0 : first - 0x80;
    const start = at + 2 + more;
    if (more > 4 || start > der.length) return [];
    const length = more === 0 ? first : der.readUIntBE(at + 2, more);
    at = start + length;
    if (at > der.length) return [];
    values.push({ tag, content: der.subarray(start, at) });
  }
  return values;
}

/** `YYMMDDhhmmssZ` from 1950 to 2049, or `YYYYMMDDhhmmssZ` (RFC 5280 §4.1.2.5). */
function timeOf(value: DerValue | undefined): Date | undefined {
  if (value?.tag !== tags.utcTime && value?.tag !== tags.generalizedTime) return undefined;
  const text = value.content.toString("latin1");
  const century = value.tag === tags.generalizedTime ? "" : text < "50" ? "20" : "19";
  const iso = (century + text).replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
