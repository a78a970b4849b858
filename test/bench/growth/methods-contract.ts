// Contracts of any number of methods, as a generator would find them: services of up to fifty methods, each method with a
// request and an answer of its own, which share what a service's types share.

const methodsOfService = 50;

export interface SizedContract {
  readonly text: string;
  /** Names of its services, with those of their methods. */
  readonly services: ReadonlyMap<string, readonly string[]>;
}

export function contractOf(methods: number): SizedContract {
  const services = new Map<string, string[]>();
  const parts: string[] = ["// Made by pnpm bench w10 --part methods."];
  for (let first = 0; first < methods; first += methodsOfService) {
    const service = `Service${first / methodsOfService}`;
    const names: string[] = [];
    const signatures: string[] = [];
    parts.push(sharedTypes(service));
    for (let index = first; index < Math.min(first + methodsOfService, methods); index++) {
      const name = `method${index}`;
      names.push(name);
      signatures.push(`  ${name}(request: Request${index}): Promise<Answer${index}>;`);
      parts.push(ownTypes(service, index));
    }
    parts.push(`export interface ${service} {\n${signatures.join("\n")}\n}`);
    services.set(service, names);
  }
  return { text: `${parts.join("\n\n")}\n`, services };
}

function sharedTypes(service: string): string {
  return [
    `export interface ${service}Address {\n  street: string;\n  city: string;\n  postcode?: string;\n}`,
    `export interface ${service}Item {\n  sku: string;\n  quantity: number;\n  price: number;\n}`,
  ].join("\n\n");
}

function ownTypes(service: string, index: number): string {
  return [
    `export interface Request${index} {\n  id: string;\n  field${index}: number;\n  to: ${service}Address;\n  tags: string[];\n}`,
    `export interface Answer${index} {\n  id: string;\n  state: "open" | "closed";\n  items: ${service}Item[];\n  total${index}: number;\n}`,
  ].join("\n\n");
}

/** A request of {@link contractOf}'s method of that index. */
export function requestOf(index: number): object {
  const to = { street: "12 St James's Square", city: "London" };
  return { id: "a7f3", [`field${index}`]: index, to, tags: ["red", "green"] };
}

/** Its answer. */
export function answerOf(index: number): object {
  const items = [{ sku: "TEA-1000", quantity: 2, price: 4.25 }];
  return { id: "a7f3", state: "open", items, [`total${index}`]: index };
}
