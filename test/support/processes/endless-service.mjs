// The contract of the endless server, by hand: one server stream of bytes.
import { defineMethod, defineService } from "@tautline/rpc/generated";

const none = { lower: () => [], lift: () => [] };
const asItIs = { lower: (value) => value, lift: (value) => value };

export const readMethod = defineMethod({
  service: "Endless",
  name: "read",
  shape: "server-stream",
  parameters: 0,
  request: none,
  requestItem: undefined,
  response: asItIs,
  errors: [],
  timeoutMs: undefined,
  idempotent: false,
});

export const endlessService = defineService("Endless", [readMethod]);
