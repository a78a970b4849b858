// The open streams of one side, by id. Ids are consecutive, so a ring indexed by id finds most of them without hashing;
// the few that live long while thousands come and go are kept aside.

/** Room for the calls of most connections; doubled as needed. */
const firstSlots = 8;

/** Maps ids that rise by 2 to what is open. Takes no room before the first. */
export class StreamTable<T> {
  #slots: (T | undefined)[] = [];
  #ids: number[] = [];
  #old: Map<number, T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    const at = (id >>> 1) & (this.#slots.length - 1);
    return this.#ids[at] === id ? this.#slots[at] : this.#old?.get(id);
  }

  /** `id` must not be in the table. */
  add(id: number, stream: T): void {
    if (this.#size >= this.#slots.length / 2) this.#grow();
    const at = (id >>> 1) & (this.#slots.length - 1);
    const resident = this.#slots[at];
    // Who still sits here is older by a whole round of the ring: a long stream, which can afford a Map.
    if (resident !== undefined) (this.#old ??= new Map<number, T>()).set(this.#ids[at] as number, resident);
    this.#slots[at] = stream;
    this.#ids[at] = id;
    this.#size++;
  }

  delete(id: number): void {
    const at = (id >>> 1) & (this.#slots.length - 1);
    if (this.#ids[at] === id) {
      this.#slots[at] = undefined;
      this.#ids[at] = 0;
      this.#size--;
    } else if (this.#old?.delete(id) === true) this.#size--;
  }

  clear(): void {
    this.#slots.fill(undefined);
    this.#ids.fill(0);
    this.#old?.clear();
    this.#size = 0;
  }

  /** All that is open, in no particular order; the table may change meanwhile. */
  values(): T[] {
    const all = [...(this.#old?.values() ?? [])];
    for (const stream of this.#slots) if (stream !== undefined) all.push(stream);
    return all;
  }

  #grow(): void {
    const slots = this.#slots;
    const ids = this.#ids;
    const length = slots.length === 0 ? firstSlots : slots.length * 2;
    this.#slots = new Array<T | undefined>(length).fill(undefined);
    this.#ids = new Array<number>(length).fill(0);
    for (const [index, stream] of slots.entries()) {
      if (stream === undefined) continue;
      // Two that had different places in the smaller ring have different ones in the larger.
      const id = ids[index] as number;
      const at = (id >>> 1) & (this.#slots.length - 1);
      this.#slots[at] = stream;
      this.#ids[at] = id;
    }
  }
}
