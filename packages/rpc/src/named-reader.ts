// Reads the named form, with the same generated code as the positional one: an object's map is looked through once, and its
// fields are then read in their order, wherever they lie. Knows no contract. PROTOCOL.md §10.4.
import { isObjectForm, type Fields, type MemberForm, type Members } from "./fields.js";
import { refuseSpan, type Ends, type ValueBounds } from "./guard.js";
import { MalformedValue } from "./malformed-value.js";
import { MsgpackReader, type MsgpackKind } from "./msgpack-reader.js";
import { bigintOf } from "./payload.js";
import type { Span } from "./span.js";

/** An object or a tuple that is being read. */
interface Container {
  /** Where its parts begin and end, in the order in which they are read; −1 for one that is absent. */
  places: readonly number[];
  next: number;
  /** Of the keys that an object with open ones does not declare: where each of them begins, and its value ends. */
  readonly undeclared: readonly number[];
  /** Where it ends, and what it lies in. */
  readonly end: number;
  readonly to: number;
}

const nothing: Buffer = Buffer.alloc(0);
/** What is read of a part that is not there: extension 0. */
const absent: Buffer = Buffer.from([0xd4, 0, 0]);

/** Reads one message after another. */
export class NamedReader extends MsgpackReader {
  override readonly isNamed = true;
  #message = nothing;
  readonly #open: Container[] = [];
  /** Each container is passed over once for each that it lies in: looked through each time, deep ones would cost too much. */
  readonly #ends: Ends = new Map();

  /** Begins a message. @throws MalformedValue where it is not one value within the bounds */
  override begin(span: Span, bounds: ValueBounds): void {
    // Parts that nobody asks for are never read: all is looked over here.
    const refusal = refuseSpan(span, bounds, this.#ends);
    if (refusal !== undefined) throw new MalformedValue(refusal);
    this.#message = span.bytes;
    this.#open.length = 0;
    super.begin(span, { maxDepth: bounds.maxDepth, maxValues: Infinity });
  }

  override release(): void {
    this.#message = nothing;
    this.#ends.clear();
    super.release();
  }

  override object({ names, keys, numbers, isOpen }: Fields): number {
    const size = this.map();
    if (size < 0) return -1;
    const places = new Array<number>(names.length * 2).fill(-1);
    const undeclared: number[] = [];
    let expected = 0;
    for (let index = 0; index < size; index++) {
      const begin = this.at;
      // Most peers have them in the same order.
      const number = this.#passKey(keys[expected]) ? expected : (numbers.get(this.string() ?? "") ?? -1);
      const start = this.at;
      this.#pass();
      if (number >= 0) {
        places[number * 2] = start;
        places[number * 2 + 1] = this.at;
        expected = number + 1;
      } else if (isOpen) undeclared.push(begin, this.at);
    }
    this.#enter(places, undeclared);
    return names.length + (isOpen ? 1 : 0);
  }

  /** Whether the key that comes next is this one, which is then passed over. */
  #passKey(key: Uint8Array | undefined): boolean {
    const start = this.at + 1;
    // Only of the form that most names have.
    if (key === undefined || key.length > 31 || this.#message[start - 1] !== (0xa0 | key.length)) return false;
    for (let index = 0; index < key.length; index++) if (this.#message[start + index] !== key[index]) return false;
    this.move(this.#message, start + key.length, this.to);
    return true;
  }

  /** As {@link skip}, and faster for most values: what is in the message was looked over. */
  #pass(): void {
    const { at } = this;
    const byte = this.#message[at] as number;
    if (byte <= 0x7f || byte >= 0xe0) this.move(this.#message, at + 1, this.to);
    else if (byte >= 0xa0 && byte <= 0xbf) this.move(this.#message, at + 1 + (byte & 0x1f), this.to);
    else {
      const end = this.#ends.get(at);
      if (end === undefined) this.skip();
      else this.move(this.#message, end, this.to);
    }
  }

  /** Elements beyond the last are dropped. */
  override tuple(required: number, most: number): number {
    const length = this.array();
    if (length < 0) return -1;
    const places: number[] = [];
    for (let index = 0; index < length; index++) {
      const start = this.at;
      this.#pass();
      if (index < most) places.push(start, this.at);
    }
    for (let index = length; index < required; index++) places.push(-1, -1);
    this.#enter(places, []);
    return places.length / 2;
  }

  override leave(): void {
    super.leave();
    const container = this.#open.pop();
    if (container !== undefined) this.move(this.#message, container.end, container.to);
  }

  /** They lie in the map of the object that was opened last. */
  override open(): number {
    const container = this.#open.at(-1);
    if (container === undefined) return -1;
    container.places = container.undeclared;
    container.next = 0;
    return container.undeclared.length / 2;
  }

  override shut(): void {}

  override literal(value: unknown): boolean {
    return value === undefined ? this.absent() : this.choice([value]) === 0;
  }

  override choice(values: readonly unknown[]): number | undefined {
    const kind = this.kind();
    const start = this.at;
    // Undefined, as what is none of these is read, is not among the values.
    let number = values.indexOf(this.#primitive(kind));
    if (number < 0 && (kind === "number" || kind === "string")) {
      this.move(this.#message, start, this.to);
      number = values.indexOf(this.#bigint(kind));
    }
    if (number >= 0) return number;
    if (kind !== "undefined") this.move(this.#message, start, this.to);
    return undefined;
  }

  override date(): number | undefined {
    return this.timestamp();
  }

  override kindOf(name: string): MsgpackKind | undefined {
    return this.#lookAt(name)?.kind;
  }

  override member({ forms }: Members): number {
    const kind = this.kind();
    if (kind === "undefined") return forms.findIndex((form) => isValue(form, undefined));
    if (kind === "object") return this.#objectAmong(forms);
    if (kind === "array") return forms.findIndex((form) => form === "array" || form === "boxed bigint");
    if (kind === "bytes" || kind === "Date") return forms.indexOf(kind);
    const start = this.at;
    const back = (): void => this.move(this.#message, start, this.to);
    const value = this.#primitive(kind);
    back();
    let number = forms.findIndex((form) => isValue(form, value));
    if (number >= 0 || kind === "null") return number;
    if (typeof value === "string") number = forms.findIndex((form) => form instanceof RegExp && form.test(value));
    if (number < 0) number = forms.indexOf(kind);
    if (number >= 0 || kind === "boolean") return number;
    const digits = this.#bigint(kind);
    back();
    number = digits === undefined ? -1 : forms.findIndex((form) => isValue(form, digits));
    return number < 0 ? forms.indexOf("bigint") : number;
  }

  /** Which of a union's objects the map is that comes next. */
  #objectAmong(forms: readonly MemberForm[]): number {
    const own = forms.filter(isObjectForm);
    const [first] = own;
    if (first?.of !== undefined) {
      const value = this.#lookAt(first.has)?.value;
      return forms.findIndex((form) => isObjectForm(form) && form.of?.some((each) => each === value));
    }
    for (const form of own) {
      const kind = this.#lookAt(form.has)?.kind;
      if (kind !== undefined && kind !== "undefined") return forms.indexOf(form);
    }
    return forms.indexOf("object");
  }

  /** The field `name` of the map that comes next, which is left where it is. */
  #lookAt(name: string): { readonly kind: MsgpackKind; readonly value: unknown } | undefined {
    if (this.kind() !== "object") return undefined;
    const begin = this.at;
    const { to } = this;
    let field: { readonly kind: MsgpackKind; readonly value: unknown } | undefined;
    for (let left = this.map(); left > 0; left--) {
      if (this.string() === name) {
        const start = this.at;
        const kind = this.kind();
        field = { kind, value: this.#primitive(kind) };
        this.move(this.#message, start, to);
      }
      this.#pass();
    }
    this.close();
    this.move(this.#message, begin, to);
    return field;
  }

  /** Takes text, a number, a boolean or nil; undefined where none of them comes next. */
  #primitive(kind: MsgpackKind): unknown {
    switch (kind) {
      case "string":
        return this.string();
      case "number":
        return this.number() ?? this.bigint();
      case "boolean":
        return this.boolean();
      case "null":
        return this.nil() ? null : undefined;
      default:
        return undefined;
    }
  }

  /** Takes an integer, or one as decimal text; undefined where none comes next. */
  #bigint(kind: MsgpackKind): bigint | undefined {
    const value = this.bigint() ?? (kind === "number" ? this.number() : this.string());
    return bigintOf(value);
  }

  protected override next(): void {
    const container = this.#open.at(-1);
    const start = container?.places[container.next];
    if (container === undefined || start === undefined) return super.next();
    if (start < 0) this.move(absent, 0, absent.length);
    else this.move(this.#message, start, container.places[container.next + 1] ?? start);
    container.next += 2;
  }

  #enter(places: readonly number[], undeclared: readonly number[]): void {
    const end = this.at;
    this.#open.push({ places, next: 0, undeclared, end, to: this.to });
    // Nothing may be read from here: whoever reads is led to the first part.
    this.move(this.#message, end, end);
  }
}

function isValue(form: MemberForm, value: unknown): boolean {
  return Array.isArray(form) && form[0] === value;
}
