// The marks that decorators leave on a class and its methods, and what they add up to. reflect-metadata keeps them with
// the class; there is no registry. Its no-conflict door leaves the global Reflect as it is.
import { defineMetadata, getMetadata } from "reflect-metadata/no-conflict";
import type { MethodSettings, Service as ServiceDescriptor } from "./service.js";

const methodsKey = Symbol("tautline:methods");
const classKey = Symbol("tautline:class");

/** What was said of a class as a whole. */
export interface ClassMarks {
  readonly service: ServiceDescriptor<never> | undefined;
  readonly settings: MethodSettings;
}

/** Adds to what is said of one method, on a prototype (legacy decorators) or an instance (standard ones). */
export function markMethod(target: object, name: string, settings: MethodSettings): void {
  const marks = new Map(methodMarks(target));
  marks.set(name, { ...marks.get(name), ...settings });
  defineMetadata(methodsKey, marks, target);
}

/** What was said of the methods of an implementation, by name. */
export function methodMarks(target: object): ReadonlyMap<string, MethodSettings> {
  return (
    (getMetadata(methodsKey, target) as ReadonlyMap<string, MethodSettings> | undefined) ??
    new Map<string, MethodSettings>()
  );
}

/** Adds to what is said of a class. */
export function markClass(target: object, marks: Partial<ClassMarks>): void {
  const before = classMarks(target);
  defineMetadata(
    classKey,
    { service: marks.service ?? before.service, settings: { ...before.settings, ...marks.settings } },
    target,
  );
}

/** Of what no decorator marks. */
export const unmarked: ClassMarks = { service: undefined, settings: {} };

export function classMarks(target: object): ClassMarks {
  return (getMetadata(classKey, target) as ClassMarks | undefined) ?? unmarked;
}
