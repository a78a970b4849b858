// Compares two snapshots of contracts: what the later one breaks for those who hold the earlier one. Requests may widen,
// answers may narrow. Reads no file and prints nothing.
import { type Level, type Rule, type RuleName, rules, type Victim } from "./breaking-rules.js";
import { TypeComparison } from "./compare-types.js";
import { type MethodSnapshot, namedTypes, type ServiceSnapshot, type Snapshot } from "./lock.js";
import type { ParameterModel, TypeModel } from "./model.js";
import { spellOf } from "./spelling.js";
import type { Types } from "./types.js";

/** One change that breaks somebody. */
export interface Finding {
  readonly rule: RuleName;
  readonly level: Level;
  /** The service's name on the wire. */
  readonly service: string;
  /** `Orders.place(order.lines[].qty)` */
  readonly place: string;
  readonly change: string;
  readonly old: string;
  readonly new: string;
  readonly breaks: readonly Victim[];
  /** The additive way to the same end. */
  readonly remedy: string;
}

/** All that `now` breaks, by service, method and place; wire before source. */
export function findBreaks(old: Snapshot, now: Snapshot): Finding[] {
  return Object.entries(old.services).flatMap(([name, service]) => {
    const other = ownOf(now.services, name);
    const report = reporterOf(name);
    if (other === undefined) report.add("service-removed", service.contract, name, "nothing");
    else compareServices(service, other, report);
    return report.findings.sort((a, b) => Number(a.level === "source") - Number(b.level === "source"));
  });
}

interface Reporter {
  readonly findings: Finding[];
  add(rule: RuleName, place: string, old: string, now: string): void;
}

function reporterOf(service: string): Reporter {
  const findings: Finding[] = [];
  return {
    findings,
    add(rule, place, old, now) {
      const { level, change, breaks, remedy }: Rule = rules[rule];
      findings.push({ rule, level, service, place, change, old, new: now, breaks, remedy });
    },
  };
}

function compareServices(old: ServiceSnapshot, now: ServiceSnapshot, report: Reporter): void {
  if (old.contract !== now.contract) report.add("contract-renamed", old.contract, old.contract, now.contract);
  const types = { old: namedTypes(old), now: namedTypes(now) };
  const thrown = new Set(Object.values(now.methods).flatMap(({ errors = {} }) => Object.keys(errors)));
  for (const [name, method] of Object.entries(old.methods)) {
    const place = `${old.contract}.${name}`;
    const other = ownOf(now.methods, name);
    if (other === undefined) report.add("method-removed", place, method.shape, "nothing");
    else if (other.shape !== method.shape) report.add("shape-changed", place, method.shape, other.shape);
    else new MethodComparison(place, method, other, types, report).run(thrown);
  }
}

/** What a record itself holds: a service may be called `constructor`. */
function ownOf<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

class MethodComparison {
  readonly #place: string;
  readonly #old: MethodSnapshot;
  readonly #now: MethodSnapshot;
  readonly #types: { readonly old: Types; readonly now: Types };
  readonly #report: Reporter;

  constructor(
    place: string,
    old: MethodSnapshot,
    now: MethodSnapshot,
    types: { readonly old: Types; readonly now: Types },
    report: Reporter,
  ) {
    this.#place = place;
    this.#old = old;
    this.#now = now;
    this.#types = types;
    this.#report = report;
  }

  /** `thrown` has the errors whose classes the new contract still makes. */
  run(thrown: ReadonlySet<string>): void {
    this.#parameters();
    if (this.#old.stream !== undefined && this.#now.stream !== undefined)
      this.#request(this.#old.stream, this.#now.stream);
    // A client whose method returned nothing drops whatever comes.
    if (this.#old.result !== undefined) {
      const place = `${this.#place}(): result`;
      if (this.#now.result === undefined) this.#report.add("response-type", place, spellOf(this.#old.result), "void");
      else this.#response(this.#old.result, this.#now.result, (path) => place + path);
    }
    this.#errors(thrown);
    if (this.#old.idempotent === true && this.#now.idempotent !== true)
      this.#report.add("idempotent-dropped", this.#place, "@idempotent", "nothing");
  }

  #parameters(): void {
    const old = this.#old.parameters;
    const now = this.#now.parameters;
    const names = old.map(({ name }) => name);
    const moved = now.some(({ name }, index) => names[index] !== name && names.includes(name));
    const list = (parameters: readonly ParameterModel[]) => parameters.map(({ name }) => name).join(", ");
    if (moved) {
      this.#report.add("parameters-moved", `${this.#place}(${names.join(", ")})`, list(old), list(now));
      return;
    }
    for (const [index, parameter] of old.entries()) {
      const other = now[index];
      if (other !== undefined) this.#request(parameter, other);
      else this.#report.add("parameter-removed", this.#at(parameter.name), spellOf(parameter.type), "nothing");
    }
    for (const { name, type, optional } of now.slice(old.length)) {
      this.#report.add(optional ? "parameter-added" : "parameter-required", this.#at(name), "nothing", spellOf(type));
    }
  }

  #at(steps: string): string {
    return `${this.#place}(${steps})`;
  }

  /** What old clients send is read by new servers. */
  #request(old: ParameterModel, now: ParameterModel): void {
    if (old.optional && !now.optional)
      this.#report.add("parameter-required", this.#at(old.name), `${spellOf(old.type)}, optional`, spellOf(now.type));
    const comparison = new TypeComparison(this.#types.old, this.#types.now, false);
    comparison.compare(old.type, now.type, "");
    comparison.compareBounds(old, now, "");
    for (const { kind, path, from, to } of comparison.differences)
      if (kind !== "unused") this.#report.add(`request-${kind}`, this.#at(old.name + path), from, to);
  }

  /** What new servers send is read by old clients. */
  #response(old: TypeModel, now: TypeModel, at: (path: string) => string): void {
    const comparison = new TypeComparison(this.#types.now, this.#types.old, true);
    comparison.compare(now, old, "");
    for (const { kind, path, from, to } of comparison.differences)
      if (kind !== "undefined") this.#report.add(`response-${kind}`, at(path), to, from);
  }

  #errors(thrown: ReadonlySet<string>): void {
    const { errors: old = {} } = this.#old;
    const { errors: now = {} } = this.#now;
    for (const [name, type] of Object.entries(old)) {
      const other = ownOf(now, name);
      const place = `${this.#place}() throws ${name}`;
      if (other !== undefined) this.#response(type, other, (path) => place + path);
      else if (!thrown.has(name)) this.#report.add("error-removed", place, name, "nothing");
    }
    for (const name of Object.keys(now))
      if (ownOf(old, name) === undefined)
        this.#report.add("error-added", `${this.#place}() throws ${name}`, "nothing", name);
  }
}
