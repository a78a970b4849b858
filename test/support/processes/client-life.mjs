// A client that never closes its channel: tells what its call gave, and then ends, or does not.
import { connect } from "@tautline/rpc";
import { readMethod } from "./endless-service.mjs";

const [target, what] = process.argv.slice(2);
const channel = connect(target, { insecure: true });
if (what === "idle") {
  console.log(await channel.ping());
  for await (const bytes of channel.serverStream(readMethod, [])) {
    console.log(bytes.length);
    break;
  }
}
if (what === "waiting") {
  // Nobody listens at the target: the call waits for its deadline, and the process for the call.
  await channel.ping().catch((error) => console.log(error.code));
  try {
    for await (const bytes of channel.serverStream(readMethod, [], { timeoutMs: 700 })) console.log(bytes);
  } catch (error) {
    console.log(error.code);
  }
}
