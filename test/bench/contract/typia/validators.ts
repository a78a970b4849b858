// What typia's transformer is given; generated/typia/validators.ts is what it makes of it.
import typia from "typia";
import type { Order, Small } from "../../contract/workload.js";

export const assertSmall = typia.createAssert<Small>();
export const assertOrder = typia.createAssert<Order>();
/** Checks and copies the declared fields, as tautline does. */
export const copySmall = typia.misc.createAssertClone<Small>();
export const copyOrder = typia.misc.createAssertClone<Order>();
