// The histories in which earlier versions differed from Win32, without the net of the slices.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { guard, unguard } from "../support/watchdog.js";
import { applies } from "./applies.js";
import { describeFailure, PATIENCE_MS } from "./campaign.js";
import { KNOWN_HISTORIES } from "./known-histories.js";
import { Lane } from "./lane.js";
import { perform } from "./model.js";
import { newState } from "./model-state.js";
import { print } from "./steps.js";

const RULES = { slices: false };

describe("histories in which earlier versions differed from Win32", () => {
  const lane = new Lane({ guard, unguard });
  after(() => lane.end());

  test("each of their steps can be made and has one outcome", () => {
    for (const known of KNOWN_HISTORIES) {
      const state = newState();
      for (const step of known.steps) {
        assert.ok(applies(state, step, RULES), `${known.title}: ${print(step)}`);
        perform(state, step);
      }
    }
  });

  for (const known of KNOWN_HISTORIES)
    test(known.title, async () => {
      const failure = await lane.play(known.steps, RULES, PATIENCE_MS);
      if (failure) assert.fail(describeFailure(known.title, known.steps, failure));
    });
});
