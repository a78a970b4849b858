// The forms of text that a contract can ask for by name. Each test takes time in proportion to the text.

/** Names of the forms, as in JSON Schema. */
export type TextFormat = "uuid" | "email" | "uri" | "date-time";

/** RFC 9562 §4, of any version and variant. */
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** The HTML standard's form of an address (§4.10.5.1.5), which is what mail in use looks like; RFC 5321 §4.5.3 bounds it. */
const email =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i;
const maxEmailLength = 254;

/** RFC 3986 §3: a scheme, then only characters that may stand in a URI. */
const uri = /^[a-z][a-z\d+.-]*:(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\da-f]{2})+$/i;

/** RFC 3339 §5.6, but for the number of days in the month. */
const dateTime =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Whether a text has a form. Nothing is looked up: an address of the right form may belong to nobody. */
export function matchesFormat(text: string, format: TextFormat): boolean {
  switch (format) {
    case "uuid":
      return uuid.test(text);
    case "email":
      return text.length <= maxEmailLength && email.test(text);
    case "uri":
      return uri.test(text);
    case "date-time":
      return isDateTime(text);
  }
}

function isDateTime(text: string): boolean {
  const [, year, month, day] = dateTime.exec(text) ?? [];
  // Day 0 of the next month is the last of this one.
  return day !== undefined && Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
}
