// What the errors of sockets mean, in terms of a connection.
import { TransportError } from "./errors.js";

/** An error of an open connection: whatever the system calls it, the connection broke. */
export function explainFailure(error: Error, address: string): TransportError {
  return new TransportError("reset", `the connection to ${address} broke: ${error.message}`, { cause: error });
}
