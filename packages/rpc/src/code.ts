// The closed list of failure codes: gRPC's sixteen, numerically the same, so that a gateway is a table look-up.

/** Why a call failed. */
export type Code =
  | "cancelled"
  | "unknown"
  | "invalid-argument"
  | "deadline-exceeded"
  | "not-found"
  | "already-exists"
  | "permission-denied"
  | "resource-exhausted"
  | "failed-precondition"
  | "aborted"
  | "out-of-range"
  | "unimplemented"
  | "internal"
  | "unavailable"
  | "data-loss"
  | "unauthenticated";

/** In the order of their numbers on the wire, from 1 (PROTOCOL.md §9); 0 is success. */
export const codes: readonly Code[] = [
  "cancelled",
  "unknown",
  "invalid-argument",
  "deadline-exceeded",
  "not-found",
  "already-exists",
  "permission-denied",
  "resource-exhausted",
  "failed-precondition",
  "aborted",
  "out-of-range",
  "unimplemented",
  "internal",
  "unavailable",
  "data-loss",
  "unauthenticated",
];

const numbers = new Map(codes.map((code, index) => [code, index + 1]));

/** The number of `code` on the wire, 1 to 16. */
export function codeNumber(code: Code): number {
  // The map is built from the list that the type is checked against, so every code is in it.
  return numbers.get(code) ?? 2;
}

/** The code of a number; one that this version does not know is `unknown`. */
export function codeOf(number: number): Code {
  return codes[number - 1] ?? "unknown";
}
