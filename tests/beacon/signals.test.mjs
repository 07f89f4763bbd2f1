// The definitions of the signals, without a page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lifetime, pick } from "../../beacon/src/offer/dialog.js";

// A signal's state is its module's own: each run has a module of its own.
let modules = 0;
const signal = (name) => import(`../../beacon/src/signals/${name}.js?${++modules}`);

/** What the signal's function says to each of these inputs, in turn. */
const run = async (name, what, inputs) => {
  const step = (await signal(name))[what];
  return inputs.map((args) => step(...args));
};

test("rage_click: three clicks, each under 1,000 ms and 30 px after the last", async () => {
  const clicks = (inputs) => run("rage_click", "third", inputs);
  assert.deepEqual(await clicks([[0, 0, 0], [999, 0, 0], [1998, 0, 0]]), [false, false, true]);
  assert.deepEqual(await clicks([[0, 0, 0], [1000, 0, 0], [1900, 0, 0]]), [false, false, false]);
  assert.deepEqual(await clicks([[0, 0, 0], [10, 29, 0], [20, 58, 0]]), [false, false, true]);
  assert.deepEqual(await clicks([[0, 0, 0], [10, 30, 0], [20, 30, 0]]), [false, false, false]);
  const six = [0, 1, 2, 3, 4, 5].map((i) => [i * 100, 5, 5]);
  assert.deepEqual(await clicks(six), [false, false, true, false, false, false]);
});

test("active: at once after a quiet, else with the next batch, at most every 5 s", async () => {
  const inputs = [[0, 0], [4999, 0], [5000, 0], [9000, 5000], [9999, 5000], [10000, 5000], [15000, 10000]];
  assert.deepEqual(await run("active", "input", inputs), [
    undefined,
    undefined, // something was reported less than 5 s ago
    4000, // there was input all along
    undefined,
    undefined,
    4000,
    0, // a quiet of 5 s has ended
  ]);
});

test("exit_intent on touch: 500 px up within 400 ms, without a turn", async () => {
  const last = async (inputs) => (await run("exit_intent", "fastUp", inputs)).at(-1);
  assert.equal(await last([[0, 2000], [100, 1800], [200, 1600], [300, 1400]]), true);
  assert.equal(await last([[0, 2000], [300, 1800], [600, 1600], [900, 1400]]), false);
  assert.equal(await last([[0, 2000], [100, 1700], [150, 1750], [200, 1500]]), false);
});

test("form_error: a field once within a second, the form's own alert only without a field's", async () => {
  const { fresh } = await signal("forms");
  assert.equal(fresh("f", "email", 0), true);
  assert.equal(fresh("f", "email", 999), false);
  assert.equal(fresh("f", "phone", 999), true);
  assert.equal(fresh("f", "", 1500), false);
  assert.equal(fresh("f", "", 1999), true);
  assert.equal(fresh("g", "", 1999), true);
  assert.equal(fresh("f", "email", 2000), true);
});

test("the wished language, its region left out, English, any", () => {
  const all = { en: "e", fi: "f", "pt-BR": "p" };
  assert.equal(pick(all, "fi"), "fi");
  assert.equal(pick(all, "fi-FI"), "fi");
  assert.equal(pick(all, "fil"), "en");
  assert.equal(pick(all, "pt-BR"), "pt-BR");
  assert.equal(pick(all, "ja"), "en");
  assert.equal(pick({ sv: "s" }, "ja"), "sv");
  assert.equal(pick({}, "ja"), undefined);
});

test("an offer's end is believed only where the visitor's clock makes it likely", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assert.equal(lifetime("2026-01-01T00:02:00Z", now), 120000);
  assert.equal(lifetime("2026-01-01T00:00:30Z", now), 30000);
  assert.equal(lifetime("2025-12-31T23:00:00Z", now), 120000);
  assert.equal(lifetime("2026-01-01T09:00:00Z", now), 120000);
  assert.equal(lifetime(undefined, now), 120000);
});
