import { connect } from "@tautline/rpc";
import { GreeterClient, UnwelcomeError } from "./greeter.rpc.js";

const channel = connect("tautline://localhost:7443", {
  tls: { ca: ".certs/ca.pem", cert: ".certs/client.pem", key: ".certs/client-key.pem" },
});
const greeter = new GreeterClient(channel);

console.log(await greeter.greet("Ada", { timeoutMs: 500 }));

async function* guests() {
  yield "Grace";
  yield "Edsger";
}
for await (const line of greeter.welcome(guests())) console.log(line);

try {
  await greeter.greet("Mallory");
} catch (error) {
  if (error instanceof UnwelcomeError) console.log(`${error.who} stays outside`);
}

await channel.close();
