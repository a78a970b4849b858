// All that programs import. Generated code has a door of its own, "@tautline/rpc/generated".
export {
  TransportError,
  type OwnCertificate,
  type Peer,
  type PeerCertificate,
  type PeerTls,
  type PemSource,
  type RevocationList,
  type ServerTlsOptions,
  type TlsEvent,
  type TlsOptions,
  type TransportErrorCode,
} from "@tautline/core";
export type { AccessAnswer, AccessOptions, Authorize, Identity } from "./access.js";
export { describeAccess, mayCall, type AccessRow } from "./access-table.js";
export { detached } from "./ambient.js";
export type { CallOptions, Caller } from "./caller.js";
export { Channel, type ChannelOptions } from "./channel.js";
export { codes, type Code } from "./code.js";
export {
  connect,
  defaultPort,
  type ConnectOptions,
  type InsecureConnectOptions,
  type TlsConnectOptions,
} from "./connect.js";
export type { CallContext } from "./context.js";
export type { CredentialsProvider, CredentialsRequest } from "./credentials.js";
export { Allow, Limit, Service, Timeout } from "./decorators.js";
export { isReplyStream, type InterceptedCall, type Interceptor, type Reply } from "./interceptor.js";
export type { Limits, Settings } from "./limits.js";
export { defaultLogger, silentLogger, type Logger } from "./logger.js";
export { Metadata, type MetadataInit, type MetadataValue } from "./metadata.js";
export type { OverloadLimits } from "./overload.js";
export { DeclaredError, RpcError, type CallTiming, type Executed, type RpcErrorOptions } from "./rpc-error.js";
export type { PayloadDetails } from "./payload-error.js";
export type { Schema, StandardIssue, StandardValidator } from "./schema.js";
export {
  serve,
  type InsecureServeOptions,
  type ServeOptions,
  type Server,
  type ServerOptions,
  type TlsServeOptions,
} from "./server.js";
export type { CallShape, Method, MethodSettings, ServiceBinding } from "./service.js";
export type { SkewDirection, SkewEvent, TlsTelemetry } from "./telemetry.js";
