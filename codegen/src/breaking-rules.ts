// The rules of what breaks, as data: the same table that docs/breaking.md shows.

/** Whether deployed peers break, or only code that is compiled again. */
export type Level = "wire" | "source";

/** Who notices a change. */
export type Victim = "old clients" | "old servers" | "callers' source";

export interface Rule {
  readonly level: Level;
  readonly change: string;
  readonly breaks: readonly Victim[];
  /** How to have the same without the break. */
  readonly remedy: string;
}

const wire = (change: string, remedy: string): Rule => ({ level: "wire", change, breaks: ["old clients"], remedy });
const source = (change: string, remedy: string): Rule => ({
  level: "source",
  change,
  breaks: ["callers' source"],
  remedy,
});

const anotherField = "add an optional field with the new type, and keep this one until no old client is left";
const newMethod = "add a method with the new form, and mark this one @deprecated until no old client is left";

/** Every rule by its name, which is stable: `--json` shows it. */
export const rules = {
  "service-removed": wire("the service is gone", "serve it, marked @deprecated, until no old client is left"),
  "method-removed": wire("the method is gone", "keep it, marked @deprecated, until no old client is left"),
  "shape-changed": {
    ...wire("the kind of call is another", newMethod),
    breaks: ["old clients", "old servers"],
  },
  "parameter-required": wire(
    "a parameter must be given that old clients leave out",
    "make it optional, and have the handler supply what it stands for",
  ),
  "parameters-moved": wire(
    "parameters changed places, and only their places are sent",
    "keep the order, and add new parameters at the end",
  ),
  "request-type": wire("what old clients send is not taken", anotherField),
  "request-member": wire(
    "a member that old clients may send is not taken",
    "keep the member in the type, and refuse it in the handler if it must be",
  ),
  "request-required": wire(
    "a field must be there that old clients may leave out",
    "make it optional, and have the handler supply what it stands for",
  ),
  "request-bound": wire(
    "a bound is narrower than what old clients keep to",
    "keep the bound, and check in the handler",
  ),
  "request-form": wire("bigints travel in another form beside numbers or text", anotherField),
  "response-type": wire("what is sent is not what old clients take", anotherField),
  "response-member": wire(
    "a member may come that old clients do not know: the call fails for them, and no other",
    "send it only to those who ask for it by a new optional parameter, or by a new method",
  ),
  "response-required": wire(
    "a field may be absent that old clients need",
    "keep it always there, and say what is new in a field of its own",
  ),
  "response-bound": wire(
    "a bound is wider than what old clients check",
    "keep within the bound, and say more in a new field",
  ),
  "response-form": wire("bigints travel in another form beside numbers or text", anotherField),
  "error-added": wire(
    "an error may come that old clients do not know: they see its code and no fields",
    "throw it only for what no old client asks for, or from a new method",
  ),
  "idempotent-dropped": wire(
    "old clients may still send a call again, which now does harm",
    "keep it idempotent, and add a method for the new behaviour",
  ),
  "contract-renamed": source("the names of the generated code are others", "keep the interface's name"),
  "parameter-added": source(
    "call options moved behind the new parameter",
    "add a field to an object that is already a parameter",
  ),
  "parameter-removed": source("callers give one argument too many", "keep it, optional and @deprecated"),
  "request-field": source(
    "callers write a field, or an element of a tuple, that is not declared",
    "keep it, optional and @deprecated",
  ),
  "request-mark": source(
    "callers' values lack a brand, or are readonly",
    "take the wider type, and check in the handler",
  ),
  "request-undefined": source("callers must write the field, if only as undefined", "keep the field optional"),
  "response-field": source("callers read a field that is not declared", "keep it, optional and @deprecated"),
  "response-unused": source("callers compare with a member that cannot come", "keep the member, and do not send it"),
  "response-mark": source(
    "callers get a type without the brand, a readonly one, or a longer tuple",
    "keep the type as it was declared",
  ),
  "error-removed": source("callers name the class of an error that is gone", "keep the @throws, and do not throw it"),
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;
