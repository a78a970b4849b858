// Validators on the same plain object: what was just decoded from bytes, before anybody relies on it.
//
// Fairness. Everybody is told the same types and no more: strings, numbers, booleans, arrays, one literal union, one
// optional field. Everybody has one compiled validator, made outside of the timing, in the fastest mode that its
// documentation names: ajv compiles (strict mode on, additional properties allowed, as is its default), TypeBox uses
// `Compile`, typia's transformer ran ahead of time (12.2.1, the last whose transformer runs in TypeScript's own compiler; from 13 on it
// is built in Go, when a project is compiled), zod and valibot have their schema made once. typia's assertClone,
// zod and valibot give back a copy with the declared fields alone; the others say yes or no of the object as it
// is, which is less work.
import { deepEqual, throws } from "node:assert/strict";
import { Ajv } from "ajv";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import * as v from "valibot";
import { z } from "zod";
import { sampleOrder, sampleSmall } from "../contract/sample.js";
import type { Order, Small } from "../contract/workload.js";
import * as generated from "../contract/workload.rpc.js";
import * as typia from "../generated/typia/validators.js";
import type { Row, Suite } from "./suite.js";

const lineSchema = {
  type: "object",
  properties: {
    sku: { type: "string" },
    title: { type: "string" },
    quantity: { type: "number" },
    unitPrice: { type: "number" },
    gift: { type: "boolean" },
  },
  required: ["sku", "title", "quantity", "unitPrice", "gift"],
};

const addressSchema = {
  type: "object",
  properties: {
    street: { type: "string" },
    city: { type: "string" },
    postcode: { type: "string" },
    country: { type: "string" },
  },
  required: ["street", "city", "postcode", "country"],
};

const orderSchema = {
  type: "object",
  properties: {
    id: { type: "number" },
    state: { enum: ["placed", "paid", "sent"] },
    customer: { type: "string" },
    email: { type: "string" },
    shipTo: addressSchema,
    lines: { type: "array", items: lineSchema },
    total: { type: "number" },
    note: { type: "string" },
  },
  required: ["id", "state", "customer", "email", "shipTo", "lines", "total"],
};

const smallSchema = {
  type: "object",
  properties: {
    id: { type: "number" },
    name: { type: "string" },
    tags: { type: "array", items: { type: "string" } },
    score: { type: "number" },
  },
  required: ["id", "name", "tags", "score"],
};

const ajv = new Ajv({ strict: true });
export const ajvOrder = ajv.compile<Order>(orderSchema);
const ajvSmall = ajv.compile<Small>(smallSchema);

export const zodOrder = z.object({
  id: z.number(),
  state: z.enum(["placed", "paid", "sent"]),
  customer: z.string(),
  email: z.string(),
  shipTo: z.object({ street: z.string(), city: z.string(), postcode: z.string(), country: z.string() }),
  lines: z.array(
    z.object({ sku: z.string(), title: z.string(), quantity: z.number(), unitPrice: z.number(), gift: z.boolean() }),
  ),
  total: z.number(),
  note: z.string().optional(),
});
const zodSmall = z.object({ id: z.number(), name: z.string(), tags: z.array(z.string()), score: z.number() });

const valibotOrder = v.object({
  id: v.number(),
  state: v.picklist(["placed", "paid", "sent"]),
  customer: v.string(),
  email: v.string(),
  shipTo: v.object({ street: v.string(), city: v.string(), postcode: v.string(), country: v.string() }),
  lines: v.array(
    v.object({ sku: v.string(), title: v.string(), quantity: v.number(), unitPrice: v.number(), gift: v.boolean() }),
  ),
  total: v.number(),
  note: v.optional(v.string()),
});
const valibotSmall = v.object({ id: v.number(), name: v.string(), tags: v.array(v.string()), score: v.number() });

const typeboxOrder = Compile(
  Type.Object({
    id: Type.Number(),
    state: Type.Union([Type.Literal("placed"), Type.Literal("paid"), Type.Literal("sent")]),
    customer: Type.String(),
    email: Type.String(),
    shipTo: Type.Object({
      street: Type.String(),
      city: Type.String(),
      postcode: Type.String(),
      country: Type.String(),
    }),
    lines: Type.Array(
      Type.Object({
        sku: Type.String(),
        title: Type.String(),
        quantity: Type.Number(),
        unitPrice: Type.Number(),
        gift: Type.Boolean(),
      }),
    ),
    total: Type.Number(),
    note: Type.Optional(Type.String()),
  }),
);
const typeboxSmall = Compile(
  Type.Object({ id: Type.Number(), name: Type.String(), tags: Type.Array(Type.String()), score: Type.Number() }),
);

/** `assert` gives back what it is given or a copy of it, and throws where it does not fit. */
function row(name: string, note: string, value: unknown, broken: unknown, assert: (value: unknown) => unknown): Row {
  return {
    name,
    note,
    verify: () => {
      deepEqual(assert(value), value);
      throws(() => assert(broken), `${name} takes what does not fit`);
    },
    run: () => assert(value),
  };
}

/** As `row`, for those that answer yes or no. */
function checkRow(name: string, value: unknown, broken: unknown, check: (value: unknown) => boolean): Row {
  return {
    name,
    note: "check only",
    verify: () => {
      if (!check(value) || check(broken)) throw new Error(`${name} does not tell what fits`);
    },
    run: () => check(value),
  };
}

function suite(
  name: string,
  value: unknown,
  broken: unknown,
  contenders: {
    readonly schema: (value: unknown) => unknown;
    readonly ajv: (value: unknown) => boolean;
    readonly zod: (value: unknown) => unknown;
    readonly valibot: (value: unknown) => unknown;
    readonly typebox: (value: unknown) => boolean;
    readonly typiaAssert: (value: unknown) => unknown;
    readonly typiaCopy: (value: unknown) => unknown;
  },
): Suite {
  return {
    name,
    rows: [
      row("tautline schema", "check only", value, broken, contenders.schema),
      row("typia assertClone", "check and copy", value, broken, contenders.typiaCopy),
      row("typia assert", "check only", value, broken, contenders.typiaAssert),
      checkRow("ajv", value, broken, contenders.ajv),
      checkRow("typebox", value, broken, contenders.typebox),
      row("zod", "check and copy", value, broken, contenders.zod),
      row("valibot", "check and copy", value, broken, contenders.valibot),
    ],
  };
}

export function validatorSuites(): Suite[] {
  const small = sampleSmall(42);
  const brokenOrder = { ...sampleOrder, lines: [...sampleOrder.lines, { ...sampleOrder.lines[0], quantity: "two" }] };
  return [
    suite("validate the order", structuredClone(sampleOrder), brokenOrder, {
      schema: generated.orderSchema.assert,
      ajv: (value) => ajvOrder(value),
      zod: (value) => zodOrder.parse(value),
      valibot: (value) => v.parse(valibotOrder, value),
      typebox: (value) => typeboxOrder.Check(value),
      typiaAssert: typia.assertOrder,
      typiaCopy: typia.copyOrder,
    }),
    suite(
      "validate the small object",
      small,
      { ...small, tags: ["red", 3] },
      {
        schema: generated.smallSchema.assert,
        ajv: (value) => ajvSmall(value),
        zod: (value) => zodSmall.parse(value),
        valibot: (value) => v.parse(valibotSmall, value),
        typebox: (value) => typeboxSmall.Check(value),
        typiaAssert: typia.assertSmall,
        typiaCopy: typia.copySmall,
      },
    ),
  ];
}
