// What is told of a value that is not of its declared type: to people as a message, to programs as details. Knows how
// failures are worded and not how they are found.

/** One step to a part of a value: a field's name, or the position of an element or entry. */
export type At = string | number;

/** One place where a value is not of its declared type. */
export interface PayloadFailure {
  /** From the outermost step to the innermost; entries of a record are named by position, since their keys are data. */
  readonly path: readonly At[];
  readonly expected: string;
  /** The kind of what came (`string`, `null`, `array`, …) or its size, never the value. */
  readonly actual: string;
}

/** The failures as plain data, which crosses the wire: what a call's RpcError carries as its `details`. */
export interface PayloadDetails {
  /** Each path as text, such as `order.lines[3].sku`. */
  readonly failures: readonly { readonly path: string; readonly expected: string; readonly actual: string }[];
  /** There where other places are wrong, too. */
  readonly more?: true;
}

/** In UTF-16 units: of a path and of what was expected, each cut in its middle; and of a message, which then says less. */
const maxTextLength = 200;
const maxMessageLength = 2000;

/**
 * A value that is not of its declared type. The message names each place (`order.lines[3].sku`), what was expected there
 * and the kind of what came, never the value; of more than 2,000 characters it keeps the first failures that fit.
 */
export class PayloadError extends Error {
  override readonly name = "PayloadError";
  /** In the order in which they were found; there is at least one. */
  readonly failures: readonly PayloadFailure[];
  /** Whether other places are wrong, too. */
  readonly more: boolean;

  constructor(failures: readonly PayloadFailure[], more: boolean) {
    super(messageOf(detailsOf(failures, more)));
    this.failures = failures;
    this.more = more;
  }

  get details(): PayloadDetails {
    return detailsOf(this.failures, this.more);
  }
}

function detailsOf(failures: readonly PayloadFailure[], more: boolean): PayloadDetails {
  const told = failures.map(({ path, expected, actual }) => ({
    path: shortened(textOf(path)),
    expected: shortened(expected),
    actual,
  }));
  return more ? { failures: told, more } : { failures: told };
}

function messageOf({ failures, more }: PayloadDetails): string {
  const [first = "", ...others] = failures.map(
    ({ path, expected, actual }) => `${path}: expected ${expected}, got ${actual}`,
  );
  let message = first;
  for (const other of others) {
    if (message.length + other.length > maxMessageLength) return `${message}; and more`;
    message += `; ${other}`;
  }
  return more === true ? `${message}; and more` : message;
}

function textOf(path: readonly At[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

function shortened(text: string): string {
  if (text.length <= maxTextLength) return text;
  const kept = maxTextLength / 2;
  return `${text.slice(0, kept)}…${text.slice(1 - kept)}`;
}
