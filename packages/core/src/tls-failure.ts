// What the errors of node:tls and OpenSSL mean, in an operator's words. Codes are looked at, never texts; no I/O.
import { TransportError, type TransportErrorCode } from "./errors.js";
import { explainFailure } from "./stream-failure.js";

/** One handshake that failed, or one connection that broke, as seen by one end. */
export interface TlsFailure {
  readonly error: Error;
  /** Node's verdict on the peer's certificate, where it has one. */
  readonly verdict: string | undefined;
  /** The other end. */
  readonly address: string;
  /** Who the other end is. */
  readonly peer: "client" | "server";
}

/** RFC 8446 §6.2, alerts 42 to 49 and 116: the peer said that it does not accept our certificate. */
const certificateAlert =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA|ACCESS_DENIED|CERTIFICATE_REQUIRED)$/;

/** An error of an open TLS connection. In TLS 1.3 a server's verdict on our certificate arrives only here. */
export function explainOpenFailure(error: Error, address: string): TransportError {
  return refusedByPeer(error, address) ?? explainFailure(error, address);
}

/** An error during the handshake. */
export function explainHandshakeFailure(failure: TlsFailure): TransportError {
  const { error, verdict, address, peer } = failure;
  if (verdict !== undefined) return untrusted(failure, verdict);
  const [code, what] = handshakeProblem(codeOf(error), peer) ?? [undefined, undefined];
  if (code !== undefined) return new TransportError(code, `${what} (${address})`, { cause: error });
  return (
    refusedByPeer(error, address) ??
    new TransportError("handshake-failed", `the TLS handshake with ${address} failed: ${error.message}`, {
      cause: error,
    })
  );
}

/** The peer's certificate is missing, or not to be trusted: `reason` continues "the server … is not trusted:". */
export function untrustedPeer(
  peer: "client" | "server",
  address: string,
  reason: string,
  cause?: Error,
): TransportError {
  return new TransportError("peer-untrusted", `the ${peer} ${address} is not trusted: ${reason}`, { cause });
}

function untrusted({ error, address, peer }: TlsFailure, verdict: string): TransportError {
  const altNames = codeOf(error) === "ERR_TLS_CERT_ALTNAME_INVALID";
  const reason = altNames ? error.message : explainVerdict(verdict);
  return untrustedPeer(peer, address, reason, error);
}

/** What OpenSSL's verdict on a peer's certificate means. */
export function explainVerdict(verdict: string): string {
  return verdicts[verdict] ?? `its certificate was refused (${verdict})`;
}

const unknownIssuer = "its certificate was issued by none of the authorities in tls.ca";

/** The verdicts of OpenSSL's verification that are met in practice. */
const verdicts: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate, or an authority's, has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: check the clocks",
  CERT_REVOKED: "its certificate was revoked",
  UNABLE_TO_GET_CRL: "tls.crl has no revocation list of its authority",
  CRL_HAS_EXPIRED: "the revocation list of its authority in tls.crl is out of date",
  CRL_NOT_YET_VALID: "the revocation list of its authority in tls.crl is not valid yet: check the clocks",
  CERT_SIGNATURE_FAILURE: "its certificate's signature does not verify against the authority of that name in tls.ca",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed and not in tls.ca",
  SELF_SIGNED_CERT_IN_CHAIN: "the authority that its certificate leads to is not in tls.ca",
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  INVALID_PURPOSE: "its certificate is not meant for this use (extended key usage)",
};

function refusedByPeer(error: Error, address: string): TransportError | undefined {
  const alert = certificateAlert.exec(codeOf(error))?.[1];
  if (alert === undefined) return undefined;
  const said = alert.toLowerCase().replaceAll("_", " ");
  return new TransportError("refused-by-peer", `${address} does not accept our certificate: it says "${said}"`, {
    cause: error,
  });
}

function handshakeProblem(code: string, peer: "client" | "server"): [TransportErrorCode, string] | undefined {
  if (code.endsWith("NO_APPLICATION_PROTOCOL")) {
    return ["alpn-mismatch", `the ${peer} does not speak our application protocol (ALPN)`];
  }
  if (code.endsWith("ALERT_PROTOCOL_VERSION")) {
    return ["handshake-failed", `the ${peer} takes none of our TLS versions; see tls.minVersion`];
  }
  switch (code) {
    case "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE":
      return ["peer-untrusted", "the client offered no certificate, and clients must have one here"];
    case "ERR_SSL_HTTP_REQUEST":
    case "ERR_SSL_HTTPS_PROXY_REQUEST":
      return ["handshake-failed", "plain HTTP on a TLS port"];
    case "ERR_SSL_UNSUPPORTED_PROTOCOL":
      return ["handshake-failed", `the ${peer} offers no TLS version that is allowed here; see tls.minVersion`];
    case "ERR_SSL_NO_SHARED_CIPHER":
      return ["handshake-failed", `the ${peer} offers no cipher suite that is allowed here`];
    case "ERR_SSL_WRONG_VERSION_NUMBER":
    case "ERR_SSL_PACKET_LENGTH_TOO_LONG":
    case "ERR_SSL_UNEXPECTED_MESSAGE":
    case "ERR_SSL_BAD_RECORD_TYPE":
      return ["handshake-failed", `the ${peer} does not speak TLS here`];
    case "ECONNRESET":
      return ["handshake-failed", `the ${peer} went away during the TLS handshake`];
    default:
      return undefined;
  }
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
