/** Bytes that are not one acceptable value (PROTOCOL.md §10.2). Costs its call, and not the connection. */
export class MalformedValue extends Error {
  override readonly name = "MalformedValue";

  constructor(reason: string, options?: ErrorOptions) {
    super(`not one msgpack value as PROTOCOL.md §10 allows${reason === "" ? "" : `: ${reason}`}`, options);
  }
}
