// The TypeScript spelling of a type of the model, and of names made from other names.
import type { ObjectModel, TupleModel, TypeModel } from "./model.js";

/** Spells a type on one line. `nameOf` gives the name of a named type at the place where the spelling will stand. */
export function spell(type: TypeModel, nameOf: (id: string) => string): string {
  const inner = (each: TypeModel) => spell(each, nameOf);
  switch (type.kind) {
    case "primitive":
      return type.name === "date" ? "Date" : type.name === "bytes" ? "Uint8Array" : type.name;
    case "literal":
      return type.member === undefined ? literal(type.value) : memberOf(nameOf(type.member.id), type.member.name);
    case "bigint-literal":
      return `${type.digits}n`;
    case "binary":
      return type.name;
    case "template":
      return type.text;
    case "brand":
      return inner(type.of);
    case "named":
      return nameOf(type.id);
    case "array":
      return `${type.readonly ? "readonly " : ""}${operand(type.element, nameOf)}[]`;
    case "tuple":
      return `${type.readonly ? "readonly " : ""}[${spellElements(type, nameOf).join(", ")}]`;
    case "map":
      return `${type.readonly ? "ReadonlyMap" : "Map"}<${inner(type.key)}, ${inner(type.value)}>`;
    case "set":
      return `${type.readonly ? "ReadonlySet" : "Set"}<${inner(type.element)}>`;
    case "record":
      return `Record<${inner(type.key)}, ${inner(type.value)}>`;
    case "union":
      return type.members.map(inner).join(" | ");
    case "object": {
      if (type.properties.length === 0 && type.open === undefined) return "{}";
      const fields = type.properties.map((each) => {
        const undefinable = each.undefinable ? " | undefined" : "";
        return `${each.readonly ? "readonly " : ""}${keyOf(each.name)}${each.optional ? "?" : ""}: ${inner(each.type)}${undefinable}`;
      });
      return `{ ${[...fields, ...spellOpen(type, nameOf)].join("; ")} }`;
    }
  }
}

/** The same by the ids of named types: equal for equal types of one file. */
export function spellOf(type: TypeModel): string {
  return spell(type, (id) => id);
}

/** The elements of a tuple, and its rest. */
export function spellElements({ elements, required, rest }: TupleModel, nameOf: (id: string) => string): string[] {
  const spelled = elements.map((each, index) => (index < required ? spell(each, nameOf) : `${operand(each, nameOf)}?`));
  return rest === undefined ? spelled : [...spelled, `...${operand(rest, nameOf)}[]`];
}

/** The index signature of an object type, where it has one. */
export function spellOpen({ open }: ObjectModel, nameOf: (id: string) => string): string[] {
  return open === undefined ? [] : [`[key: ${spell(open.key, nameOf)}]: ${spell(open.value, nameOf)}`];
}

/** `Page<Item>` for a named type and its arguments. */
export function spellInstance(name: string, args: readonly TypeModel[], nameOf: (id: string) => string): string {
  return args.length === 0 ? name : `${name}<${args.map((each) => spell(each, nameOf)).join(", ")}>`;
}

function operand(type: TypeModel, nameOf: (id: string) => string): string {
  const text = spell(type, nameOf);
  const isCompound = type.kind === "union" || ((type.kind === "array" || type.kind === "tuple") && type.readonly);
  return isCompound ? `(${text})` : text;
}

function memberOf(owner: string, name: string): string {
  return isIdentifier(name) ? `${owner}.${name}` : `(typeof ${owner})[${quote(name)}]`;
}

export function isIdentifier(name: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name);
}

/** A string literal, with the quotes that need fewer escapes. */
export function quote(text: string): string {
  const double = JSON.stringify(text);
  const count = (mark: string) => text.split(mark).length;
  if (count('"') <= count("'")) return double;
  return `'${double.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A literal, as it is written in a program. */
export function literal(value: string | number | boolean): string {
  return typeof value === "string" ? quote(value) : String(value).replace("e+", "e");
}

/** A name as a key of an object type or literal. */
export function keyOf(name: string): string {
  return isIdentifier(name) ? name : quote(name);
}

/** Words as one name: `order-id` is `OrderId`. */
export function pascal(text: string): string {
  return text
    .split(/[^\p{ID_Continue}$]+/u)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

/** The same, beginning as a variable does: `Orders` is `orders`. */
export function camel(text: string): string {
  const name = pascal(text);
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
