// Writes the class of a declared error.
import { block, docLines, type FileNames } from "./emit-contract.js";
import { list, newline, type Layout } from "./layout.js";
import type { NamedType } from "./model.js";
import { isIdentifier, keyOf, pascal, quote, spell } from "./spelling.js";

/** The class that stands for `@throws {Name}`; `name` is what the file calls the class. */
export function emitError(type: NamedType, name: string, file: FileNames): Layout {
  if (type.type.kind !== "object")
    throw new Error(`${type.id} passed the reader as a declared error and has no fields`);
  const { properties } = type.type;
  const fields = properties.map((each): Layout => {
    const undefinable = each.optional || each.undefinable ? " | undefined" : "";
    return [
      newline,
      ...docLines(each.doc ?? []),
      `readonly ${keyOf(each.name)}: ${spell(each.type, file.typeName)}${undefinable};`,
    ];
  });
  const assigned = properties.map((each): Layout => {
    const member = isIdentifier(each.name) ? `.${each.name}` : `[${quote(each.name)}]`;
    return [newline, `this${member} = fields${member};`];
  });
  const part = { type: { kind: "named", id: type.id } } as const;
  const functions = [
    file.serializer.of(part, "write", pascal(type.name)),
    file.serializer.of(part, "read", pascal(type.name)),
  ];
  const declared = quote(type.name);
  const fieldType = file.typeName(type.id);
  const constructor = block(`constructor(fields: ${fieldType}, options?: ${file.runtime("DeclaredErrorOptions")}) {`, [
    `super(${declared}, options);`,
    assigned,
  ]);
  return [
    `/** Thrown where the contract says \`@throws {${type.name}}\`; \`instanceof\` holds on both ends. */`,
    newline,
    block(`export class ${name} extends ${file.runtime("DeclaredError")} {`, [
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
