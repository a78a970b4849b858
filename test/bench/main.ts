// The instrument's door: what was asked for, and who does it.
import { runChart } from "./chart/main.js";
import { runGrowth } from "./growth/main.js";
import { runProfile } from "./harness/profile.js";
import { runCampaign } from "./harness/run.js";
import { runMicro } from "./micro/main.js";
import { runWeight } from "./weight/main.js";

const [first, ...rest] = process.argv.slice(2);
if (first === "micro") await runMicro(rest);
else if (first === "w10") await runGrowth(rest);
else if (first === "weight") await runWeight(rest);
else if (first === "chart") await runChart(rest);
else if (first === "profile") await runProfile(rest);
else await runCampaign(process.argv.slice(2));
