import { serve } from "@tautline/rpc";
import { greeterService, UnwelcomeError, type GreeterHandlers } from "./greeter.rpc.js";

class Host implements GreeterHandlers {
  async greet(name: string): Promise<string> {
    if (name === "Mallory") throw new UnwelcomeError({ who: name });
    return `Hello, ${name}!`;
  }

  async *welcome(guests: AsyncIterable<string>): AsyncIterable<string> {
    for await (const guest of guests) yield `Come in, ${guest}.`;
  }
}

await serve({
  port: 7443,
  tls: { ca: ".certs/ca.pem", cert: ".certs/server.pem", key: ".certs/server-key.pem" },
  services: [greeterService.handle(new Host())],
});
