import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Fifo } from "../dist/fifo.js";

it("gives back what an array would, whatever is done with it", () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ push: fc.nat({ max: 40 }) }) },
    { weight: 4, arbitrary: fc.record({ shift: fc.nat({ max: 60 }) }) },
    { weight: 1, arbitrary: fc.constant("clear" as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const fifo = new Fifo<number>();
      let model: number[] = [];
      let pushed = 0;
      for (const step of steps) {
        if (step === "clear") {
          fifo.clear();
          model = [];
        } else if ("push" in step) {
          for (let count = 0; count < step.push; count++) {
            fifo.push(pushed);
            model.push(pushed++);
          }
        } else for (let count = 0; count < step.shift; count++) expect(fifo.shift()).toBe(model.shift());
        expect(fifo.size).toBe(model.length);
        expect(fifo.peek()).toBe(model[0]);
        expect([...fifo]).toEqual(model);
      }
    }),
  );
});

it("keeps undefined as an item like any other", () => {
  const fifo = new Fifo<number | undefined>();
  fifo.push(undefined);
  fifo.push(1);
  expect([fifo.size, fifo.shift(), fifo.size, fifo.shift(), fifo.size]).toEqual([2, undefined, 1, 1, 0]);
});
