// A payload that is longer than the chunks it comes in, handed out as it comes. It knows not what payloads mean.

/**
 * The next bytes of one payload, which lie in `bytes` from `from` to `to`; its parts follow one another with nothing between
 * them. `bytes` is lent: it is valid until the next step of the iteration that it came by, so copy what is to be kept.
 */
export class PayloadPart {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** Where in the payload they belong; 0 begins one. */
  readonly offset: number;
  /** How many bytes the whole payload has, as its frame announced. */
  readonly length: number;

  constructor(bytes: Buffer, from: number, to: number, offset: number, length: number) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.offset = offset;
    this.length = length;
  }

  /** Whether the payload ends with it. */
  get last(): boolean {
    return this.offset + this.to - this.from === this.length;
  }
}
