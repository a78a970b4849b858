// From bytes to a value that may be relied on, and back: what a server does with each call's arguments and result.
//
// Fairness. Every row starts and ends with the same order. msgpackr and avsc are set up once and used as their
// documentation shows; `records` shares its structures between both ends, as on a connection that has warmed up, and
// nobody validates what it reads. JSON comes as a Buffer, since that is what a socket gives. protobuf-es is handed a message that was made
// before, outside of the timing, and checks types by its schema; it keeps the enum as a number. avsc writes by its
// schema, and reads what can only be of that schema. Ours is what the runtime itself calls for a payload.
import { deepEqual } from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import avsc from "avsc";
import { Packr } from "msgpackr";
import { sampleOrder } from "../contract/sample.js";
import { workloadService } from "../contract/workload.rpc.js";
import { OrderSchema, OrderState } from "../generated/es/workload_pb.js";
import { openRuntime, type Runtime } from "./runtime.js";
import type { Row, Suite } from "./suite.js";
import { ajvOrder, zodOrder } from "./validators.js";

/** Both directions of one way to put the order on the wire. */
interface Codec {
  readonly name: string;
  readonly note: string;
  readonly encode: () => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
  /** What `decode` gives back. */
  readonly value: unknown;
}

const order = structuredClone(sampleOrder);

function checkedByAjv(value: unknown): unknown {
  if (!ajvOrder(value)) throw new Error("not an order");
  return value;
}

function ours(runtime: Runtime, form: "named" | "positional", note: string): Codec {
  const type = workloadService.methods.get("echoOrder")?.response;
  if (type === undefined) throw new Error("echoOrder has no response");
  const { encodePayload, decodePayload, spanOf, viewOf, limits } = runtime;
  return {
    name: form === "named" ? "tautline maps" : "tautline compact",
    note,
    encode: () => viewOf(encodePayload(type, order, form)),
    decode: (bytes) => decodePayload(type, spanOf(bytes), form, limits),
    value: order,
  };
}

function withMsgpackr(): Codec[] {
  const maps = new Packr({ useRecords: false });
  const records = new Packr({ structures: [] });
  return [
    {
      name: "msgpackr maps + ajv",
      note: "",
      encode: () => maps.pack(checkedByAjv(order)),
      decode: (bytes) => checkedByAjv(maps.unpack(bytes)),
      value: order,
    },
    {
      name: "msgpackr records",
      note: "no validation",
      encode: () => records.pack(order),
      decode: (bytes) => records.unpack(bytes) as unknown,
      value: order,
    },
  ];
}

function withJson(): Codec[] {
  return [
    {
      name: "JSON + ajv",
      note: "",
      encode: () => Buffer.from(JSON.stringify(checkedByAjv(order))),
      decode: (bytes) => checkedByAjv(parseJson(bytes)),
      value: order,
    },
    {
      name: "JSON + zod",
      note: "",
      encode: () => Buffer.from(JSON.stringify(zodOrder.parse(order))),
      decode: (bytes) => zodOrder.parse(parseJson(bytes)),
      value: order,
    },
  ];
}

function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
}

function withProtobuf(): Codec {
  const message = create(OrderSchema, { ...order, state: OrderState.PAID });
  return {
    name: "protobuf-es",
    note: "types by schema",
    encode: () => toBinary(OrderSchema, message),
    decode: (bytes) => fromBinary(OrderSchema, bytes),
    value: message,
  };
}

function withAvro(): Codec {
  const type = avsc.Type.forSchema({
    type: "record",
    name: "Order",
    fields: [
      { name: "id", type: "int" },
      { name: "state", type: { type: "enum", name: "State", symbols: ["placed", "paid", "sent"] } },
      { name: "customer", type: "string" },
      { name: "email", type: "string" },
      {
        name: "shipTo",
        type: {
          type: "record",
          name: "Address",
          fields: ["street", "city", "postcode", "country"].map((name) => ({ name, type: "string" })),
        },
      },
      {
        name: "lines",
        type: {
          type: "array",
          items: {
            type: "record",
            name: "Line",
            fields: [
              { name: "sku", type: "string" },
              { name: "title", type: "string" },
              { name: "quantity", type: "int" },
              { name: "unitPrice", type: "double" },
              { name: "gift", type: "boolean" },
            ],
          },
        },
      },
      { name: "total", type: "double" },
      { name: "note", type: ["null", "string"], default: null },
    ],
  });
  return {
    name: "avsc",
    note: "types by schema",
    encode: () => type.toBuffer(order),
    decode: (bytes) => type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as unknown,
    value: order,
  };
}

function encodeRow(codec: Codec): Row {
  return {
    name: codec.name,
    note: codec.note,
    wireBytes: codec.encode().length,
    verify: () => verify(codec),
    run: codec.encode,
  };
}

function decodeRow(codec: Codec): Row {
  const bytes = Buffer.from(codec.encode());
  return {
    name: codec.name,
    note: codec.note,
    wireBytes: bytes.length,
    verify: () => verify(codec),
    run: () => codec.decode(bytes),
  };
}

/** Through JSON, since some decoders give records of a class of their own. */
function verify(codec: Codec): void {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  deepEqual(plain(codec.decode(Buffer.from(codec.encode()))), plain(codec.value));
}

export async function codecSuites(): Promise<Suite[]> {
  const runtime = await openRuntime();
  const codecs = [
    ours(runtime, "positional", "check and copy"),
    ours(runtime, "named", "check and copy"),
    ...withMsgpackr(),
    ...withJson(),
    withProtobuf(),
    withAvro(),
  ];
  return [
    { name: "decode and validate the order", rows: codecs.map(decodeRow) },
    { name: "validate and encode the order", rows: codecs.map(encodeRow) },
  ];
}
