// The one service that every server has beside its own: `tautline/methods` answers with the fingerprints of the methods of
// a service, for clients that have another version of it. PROTOCOL.md §16.
import { defineMethod, defineService } from "./binding.js";
import { readRecord, writeRecord } from "./collections.js";
import { argument, argumentsOf, payloadOf } from "./payload-types.js";
import { RpcError } from "./rpc-error.js";
import { readBytes, readString, writeBytes, writeString } from "./scalars.js";
import type { Service, ServiceBinding } from "./service.js";

/** Its name; no other service can have it. */
export const ownServiceName = "tautline";

/** Takes the name of a service; answers with 16 bytes by the name of a method. */
export const methodsMethod = defineMethod({
  service: ownServiceName,
  name: "methods",
  shape: "unary",
  parameters: 1,
  request: argumentsOf(1, argument("service", writeString, readString)),
  requestItem: undefined,
  response: payloadOf(
    "methods",
    (to, value, at) => writeRecord(to, value, at, writeBytes),
    (from, at) => readRecord(from, at, readBytes),
  ),
  errors: [],
  timeoutMs: undefined,
  idempotent: true,
});

interface OwnHandlers {
  methods(service: string): Readonly<Record<string, Uint8Array>>;
}

const ownService: Service<OwnHandlers> = defineService(ownServiceName, [methodsMethod]);

/** Serves it for the services that a server has. */
export function bindMethodTables(bindings: readonly ServiceBinding[]): ServiceBinding {
  const services = new Map(bindings.map(({ service }) => [service.name, service]));
  return ownService.handle({
    methods(name) {
      const service = services.get(name);
      if (service?.fingerprint === undefined)
        throw new RpcError("not-found", "this server has no such service, or no fingerprint of it");
      return tableOf(service);
    },
  });
}

function tableOf({ methods }: Service<never>): Readonly<Record<string, Uint8Array>> {
  const told = [...methods.values()].flatMap(({ name, fingerprint }) =>
    fingerprint === undefined ? [] : [[name, Buffer.from(fingerprint, "hex")] as const],
  );
  return Object.fromEntries(told);
}
