// The contract of the endless server, by hand: one server stream of bytes.
import { argumentsOf, defineMethod, defineService, payloadOf, readBytes, writeBytes } from "@tautline/rpc/generated";

export const readMethod = defineMethod({
  service: "Endless",
  name: "read",
  shape: "server-stream",
  parameters: 0,
  request: argumentsOf(0),
  requestItem: undefined,
  response: payloadOf("item", writeBytes, readBytes),
  errors: [],
  timeoutMs: undefined,
  idempotent: false,
});

export const endlessService = defineService("Endless", [readMethod]);
