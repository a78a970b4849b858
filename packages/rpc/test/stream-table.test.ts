import * as fc from "fast-check";
import { expect, it } from "vitest";
import { StreamTable } from "../dist/stream-table.js";

it.each([1, 2])("finds what a Map would, with ids that rise by 2 from %d", (first) => {
  // Some end soon, and some live for many rounds of the ring.
  const step = fc.record({ open: fc.nat({ max: 30 }), close: fc.array(fc.nat(), { maxLength: 40 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const table = new StreamTable<string>();
      const model = new Map<number, string>();
      let next = first;
      for (const { open, close } of steps) {
        for (let count = 0; count < open; count++) {
          table.add(next, `stream ${next}`);
          model.set(next, `stream ${next}`);
          next += 2;
        }
        for (const number of close) {
          const ids = [...model.keys()];
          const id = ids[number % Math.max(ids.length, 1)];
          if (id === undefined) continue;
          table.delete(id);
          model.delete(id);
        }
        expect(table.size).toBe(model.size);
        expect(table.values().sort()).toEqual([...model.values()].sort());
        for (let id = first; id < next + 40; id += 2) expect(table.get(id)).toBe(model.get(id));
      }
      table.clear();
      expect([table.size, table.values(), table.get(first)]).toEqual([0, [], undefined]);
    }),
  );
});

it("keeps one stream while a hundred thousand others come and go", () => {
  const table = new StreamTable<number>();
  table.add(1, 1);
  for (let id = 3; id < 200_003; id += 2) {
    table.add(id, id);
    table.delete(id);
  }
  expect([table.get(1), table.get(3), table.size, table.values()]).toEqual([1, undefined, 1, [1]]);
});

it("ignores the end of what is not in it", () => {
  const table = new StreamTable<number>();
  table.add(1, 1);
  table.delete(3);
  table.delete(33);
  table.delete(1);
  table.delete(1);
  expect(table.size).toBe(0);
});
