// The values that every system is sent. Plain data: each system makes of it what its own clients would.
import type { Order, Small } from "./workload.js";

/** The small object of a given id; the rest of it is the same for all. */
export function sampleSmall(id: number): Small {
  return { id, name: "sixteen letters!", tags: ["red", "green", "blue"], score: 0.75 };
}

const titles = ["Green tea, loose", "Kettle, 1.7 litres", "Cup and saucer", "Sugar, brown", "Biscuits"];

/** An order of ten lines, 1,115 bytes as JSON. */
export const sampleOrder: Order = {
  id: 4_711_042,
  state: "paid",
  customer: "Ada Lovelace",
  email: "ada@analytical.example",
  shipTo: { street: "12 St James's Square", city: "London", postcode: "SW1Y 4JH", country: "GB" },
  lines: Array.from({ length: 10 }, (_, index) => ({
    sku: `TEA-${1000 + index * 37}`,
    title: titles[index % titles.length] ?? "",
    quantity: 1 + (index % 4),
    unitPrice: 4.25 + index * 1.5,
    gift: index % 3 === 0,
  })),
  total: 219.75,
  note: "Leave it with the neighbour.",
};

/** Bytes in which a chunk that is cut or shifted shows. */
export function sampleBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 31) % 251;
  return bytes;
}
