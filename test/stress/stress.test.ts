// The stresses for two seconds each; `npm run test:stress` runs them longer.
import "./settings.js";
import { describe, test } from "node:test";
import "../support/watchdog.js";
import { STRESSES } from "./stresses.js";

describe("under load", () => {
  for (const [name, stress] of Object.entries(STRESSES))
    test(name, async (t) => {
      t.diagnostic(await stress(2));
    });
});
