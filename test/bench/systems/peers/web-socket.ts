// A WebSocket server behind mutual TLS and a client's connection to it, for the systems that speak over one: the package
// `ws` with its defaults (no compression, nothing buffered).
import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import type { Certificates } from "../system.js";

export async function listenWebSocket({ ca, server: { cert, key } }: Certificates): Promise<WebSocketServer> {
  const server = https.createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true });
  const sockets = new WebSocketServer({ server });
  server.listen(0, "localhost");
  await once(server, "listening");
  return sockets;
}

export function portOf(sockets: WebSocketServer): number {
  return (sockets.address() as AddressInfo).port;
}

/** How `new WebSocket` is called: our certificate, and whom we trust. */
export function webSocketUrl(port: number): string {
  return `wss://localhost:${port}`;
}

export function webSocketOptions({ ca, client: { cert, key } }: Certificates) {
  return { ca, cert, key };
}

/** Resolves when it is open. */
export async function openWebSocket(port: number, certificates: Certificates): Promise<WebSocket> {
  const socket = new WebSocket(webSocketUrl(port), webSocketOptions(certificates));
  await once(socket, "open");
  return socket;
}

export async function closeWebSocket(socket: WebSocket): Promise<void> {
  socket.close();
  if (socket.readyState !== WebSocket.CLOSED) await once(socket, "close");
}
