// An outbox, and nothing around it.
import type { SendCredit } from "../../dist/flow-control.js";
import { noneWaiting, type Outbox } from "../../dist/send-queue.js";

export class PlainOutbox implements Outbox {
  readonly credit: SendCredit;
  waiting = noneWaiting;
  place: Outbox["place"] = "none";
  waits: Outbox["waits"] = "no";

  constructor(credit: SendCredit) {
    this.credit = credit;
  }
}
