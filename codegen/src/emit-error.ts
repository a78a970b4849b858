// Writes the class of a declared error.
import type { SerializerEmitter } from "./emit-serializer.js";
import type { FileScope } from "./file-scope.js";
import { list, newline, type Layout } from "./layout.js";
import type { NamedType } from "./model.js";
import { block, docLines } from "./pieces.js";
import { isIdentifier, keyOf, pascal, quote } from "./spelling.js";

/** The class that stands for `@throws {Name}`. */
export function emitError(type: NamedType, file: FileScope, serializer: SerializerEmitter): Layout {
  if (type.type.kind !== "object")
    throw new Error(`${type.id} passed the reader as a declared error and has no fields`);
  const { properties } = type.type;
  const fields = properties.map((each): Layout => {
    const undefinable = each.optional || each.undefinable ? " | undefined" : "";
    return [
      newline,
      ...docLines(each.doc ?? []),
      `readonly ${keyOf(each.name)}: ${file.spell(each.type)}${undefinable};`,
    ];
  });
  const assigned = properties.map((each): Layout => {
    const member = isIdentifier(each.name) ? `.${each.name}` : `[${quote(each.name)}]`;
    return [newline, `this${member} = fields${member};`];
  });
  const part = { type: { kind: "named", id: type.id } } as const;
  const functions = serializer.pairOf(part, pascal(type.name));
  const declared = quote(type.name);
  const fieldType = file.typeName(type.id);
  const constructor = block(`constructor(fields: ${fieldType}, options?: ${file.runtime("DeclaredErrorOptions")}) {`, [
    `super(${declared}, options);`,
    assigned,
  ]);
  return [
    `/** Thrown where the contract says \`@throws {${type.name}}\`; \`instanceof\` holds on both ends. */`,
    newline,
    block(`export class ${file.errorName(type.id)} extends ${file.runtime("DeclaredError")} {`, [
      `static readonly declaredName = ${declared};`,
      newline,
      `static readonly fields: ${file.runtime("PayloadType")}<never> = `,
      list(`${file.runtime("errorFieldsOf")}(`, functions, ");"),
      fields,
      newline,
      newline,
      constructor,
    ]),
  ];
}
