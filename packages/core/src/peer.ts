// Who is at the other end of a connection. Plain data, parsed once per connection; node:tls stays out of here.

/** The other end of one connection. */
export interface Peer {
  readonly kind: "tls" | "tcp" | "unix" | "memory";
  /** `192.0.2.1:51034`, `[2001:db8::1]:51034`, the path of a Unix socket, or `memory`. */
  readonly address: string;
  /** Undefined on every kind but `tls`. */
  readonly tls: PeerTls | undefined;
}

/** What the handshake agreed on. */
export interface PeerTls {
  /** `TLSv1.3` or `TLSv1.2`. */
  readonly protocol: string;
  /** The cipher suite's standard name, such as `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  /** The application protocol that both ends agreed on (RFC 7301). */
  readonly alpn: string;
  /** The name that the client asked for (SNI), where it asked for one. */
  readonly servername: string | undefined;
  /** How long TCP and TLS took, in ms: from the attempt on at a client, from the accepted connection on at a server. */
  readonly handshakeMs: number;
  /** Whether the session was resumed; the certificate below is then that of the full handshake. */
  readonly resumed: boolean;
  /** Verified: trusted by our CA, and in date at the handshake. Undefined only for a client without one, where none is asked for. */
  readonly certificate: PeerCertificate | undefined;
}

/** The peer's verified leaf certificate (RFC 5280). */
export interface PeerCertificate {
  /** The distinguished name, one attribute per line, as `CN=orders\nO=shop`. Never used for authorisation (RFC 9525). */
  readonly subject: string;
  readonly issuer: string;
  /** Subject alternative names, by type, in the certificate's order. */
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly emails: readonly string[];
  /** The SPIFFE id: set only if exactly one URI SAN is present, and it is a `spiffe://` one (SPIFFE X.509-SVID §2). */
  readonly spiffeId: string | undefined;
  /** SHA-256 over the DER form, upper-case hex pairs with colons. */
  readonly fingerprint256: string;
  /** Hex. */
  readonly serialNumber: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}
