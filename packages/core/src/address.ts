// How the ends of connections are written down.
import type { Socket } from "node:net";

/** `192.0.2.1:51034` or `[2001:db8::1]:51034`; an IPv4 address that came mapped into IPv6 is written as IPv4. */
export function formatAddress(host: string, port: number): string {
  const plain = host.startsWith("::ffff:") && host.includes(".") ? host.slice("::ffff:".length) : host;
  return plain.includes(":") ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/** The other end of a TCP socket; undefined once it is destroyed. */
export function remoteAddress({ remoteAddress: host, remotePort: port }: Socket): string | undefined {
  return host === undefined || port === undefined ? undefined : formatAddress(host, port);
}
