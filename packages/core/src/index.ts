// All that @tautline/core offers.
export { Batch } from "./batch.js";
export { delimited, type DelimitedOptions } from "./delimited.js";
export type { ConnectOptions } from "./dial.js";
export { TransportError, type TransportErrorCode } from "./errors.js";
export { lengthPrefixed, type ItemOptions, type LengthPrefixedOptions, type PartedOptions } from "./frame.js";
export type { ReadPayload, TakesParts } from "./frame-decoder.js";
export { FramedTransport, type FramedTransportOptions, type TransportOptions } from "./framed-transport.js";
export type { FrameDecoder, Framing } from "./framing.js";
export type { Refusal } from "./listener.js";
export { memoryPair } from "./memory.js";
export { PayloadPart } from "./payload-part.js";
export type { Peer, PeerCertificate, PeerTls } from "./peer.js";
export type { FirstFrame } from "./preamble.js";
export {
  connectSocket,
  listenSocket,
  type ConnectSocketOptions,
  type InsecureOptions,
  type ListenSocketOptions,
  type SocketPlace,
} from "./socket.js";
export type { OwnCertificate } from "./own-certificate.js";
export type { RevocationList } from "./revocation-list.js";
export { connectTls, reloadTls, type ConnectTlsOptions } from "./tls.js";
export { listenTls, type ListenTlsOptions, type TlsListener } from "./tls-server.js";
export type { TlsEvent, TlsReloaded, TlsWatcher } from "./tls-source.js";
export type { CipherSuite, PemSource, ServerTlsOptions, TlsOptions } from "./tls-material.js";
export type { ListenAddress, Listener, Transport } from "./transport.js";
