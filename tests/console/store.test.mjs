// The page's store and words, without a browser: node --test tests/console/*.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventSplitter } from "../../console/web/src/api.js";
import * as format from "../../console/web/src/format.js";
import { apply, applyExplanation, applyRecent, follow, grownAt, keyOf, newStore } from "../../console/web/src/store.js";

const A = { site: "demo", visitor: "a" };
const B = { site: "demo", visitor: "b" };
const event = (who, at, name, props = {}) => ({ type: "event", at, ...who, name, props });
const state = (who, at, facts, rules = []) => ({
  type: "state", at, ...who, rules, next_deadline: null,
  facts: Object.entries(facts).map(([name, value]) => ({ name, value })),
});

test("server-sent events come whole, however they were cut", () => {
  const split = eventSplitter();
  const stream = 'event: hello\ndata: {"now":1}\n\n: a comment\n\ndata: {"a":"ä"}\n\ndata: x\ndata: y\n\n';
  const events = [...stream].flatMap((c) => split(c));
  assert.deepEqual(events, [
    { event: "hello", data: '{"now":1}' },
    { event: "message", data: '{"a":"ä"}' },
    { event: "message", data: "x\ny" },
  ]);
});

test("events stand latest first, background ones in a row as one", () => {
  const store = newStore();
  const record = apply(store, event(A, 1, "page_view"));
  for (const at of [2, 3, 4]) apply(store, event(A, at, "active"));
  apply(store, event(A, 5, "view_item"));
  apply(store, event(A, 6, "view_item"));
  assert.deepEqual(record.feed.map(({ name, times, at }) => [name, times, at]),
    [["view_item", 1, 6], ["view_item", 1, 5], ["active", 3, 4], ["page_view", 1, 1]]);
  assert.equal(record.events, 6);
  assert.equal(record.lastAt, 6);
});

test("what is kept is bounded", () => {
  const store = newStore();
  for (let i = 0; i < 1000; ++i) apply(store, event(A, i, "view_item"));
  assert.equal(store.visitors.get(keyOf(A)).feed.length, 300);
  for (let i = 0; i < 1000; ++i) apply(store, event({ site: "s", visitor: `v${i}` }, 2000 + i, "x"));
  assert.equal(store.visitors.size, 250);
  assert.ok(store.visitors.has(keyOf({ site: "s", visitor: "v999" })));
  assert.ok(!store.visitors.has(keyOf(A)));
});

test("a fact counts its changes, but not its first value", () => {
  const store = newStore();
  const record = apply(store, state(A, 1, { "cart.value": "-", idle: "0s" }));
  assert.deepEqual(record.facts.map((f) => f.changes), [0, 0]);
  apply(store, state(A, 2, { "cart.value": "80", idle: "0s" }));
  apply(store, state(A, 3, { "cart.value": "90", idle: "0s" }));
  assert.deepEqual(record.facts.map((f) => f.changes), [2, 0]);
});

test("a value that grows with the clock changes only when something else changed it", () => {
  const store = newStore();
  const told = (at, ...facts) => apply(store, { ...state(A, at, {}), facts });
  const dwell = { name: "dwell", value: "2s", since: 1000, until: 8000 };
  const record = told(3000, { name: "idle", value: "0s", since: 3000, until: null }, dwell);
  assert.equal(record.turnAt, 8000);
  told(4500, { name: "idle", value: "1s500ms", since: 3000, until: null }, { ...dwell, value: "3s500ms" });
  told(9000, { name: "idle", value: "6s", since: 3000, until: null }, { name: "dwell", value: "7s" });
  assert.deepEqual(record.facts.map((f) => f.changes), [0, 0]);
  assert.equal(record.turnAt, null);
  told(9500, { name: "idle", value: "0s", since: 9500, until: null }, { name: "dwell", value: "7s", since: 2500, until: 14_500 });
  assert.deepEqual(record.facts.map((f) => f.changes), [1, 0]);
  assert.deepEqual([9500, 12_000, 20_000].map((at) => grownAt(record.facts[1], at)), [7000, 9500, 12_000]);
  assert.ok(Number.isNaN(grownAt({ value: "7s" }, 9000)));
});

test("a running timer keeps the time at which it was first seen", () => {
  const store = newStore();
  const rules = (changes_at) => [{ rule: "r", when: false, clauses: [{ text: "idle >= 9s", changes_at }] }];
  const record = apply(store, state(A, 1000, {}, rules(9000)));
  apply(store, state(A, 4000, {}, rules(9000)));
  assert.deepEqual([...record.since], [["r/0/9000", 1000]]);
  apply(store, state(A, 5000, {}, rules(14_000)));
  assert.deepEqual([...record.since], [["r/0/14000", 5000]]);
});

test("durations as the language writes them, in whole seconds", () => {
  const cases = { "0s": 999, "1s": 1000, "1m30s": 90_400, "2m": 120_000, "1h1s": 3_601_000, "2d3h": 183_600_000, "-2s": -1500 };
  for (const [text, ms] of Object.entries(cases)) assert.equal(format.duration(ms), text);
  const spoken = { "0 s": 999, "45 s": 45_900, "1 min 30 s": 90_400, "1 h": 3_600_000, "2 d 3 h": 183_660_000 };
  for (const [text, ms] of Object.entries(spoken)) assert.equal(format.spoken(ms), text);
});

test("a trigger joins the offer that it came from", () => {
  const store = newStore();
  const at = Date.parse("2026-01-01T00:00:00Z");
  const decision = { type: "decision", at, ...A, rule: "r", decision: "offer", reason: "", why: "so" };
  const trigger = { id: "t", type: "vinkki.trigger.v1", data: { rule: { name: "r" } } };
  const record = apply(store, decision);
  apply(store, event(A, at, "offer_shown"));
  apply(store, { type: "trigger", at, ...A, trigger });
  assert.equal(record.feed.length, 2);
  assert.equal(record.feed[1].trigger.id, "t");
  assert.equal(record.decided.get("r").trigger.id, "t");
  apply(store, { type: "trigger", at: at + 60_000, ...A, trigger });  // its decision was missed
  assert.equal(record.feed[0].trigger.id, "t");
  assert.equal(record.feed.length, 3);
});

test("messages that nobody knows, and lost ones", () => {
  const store = newStore();
  assert.equal(apply(store, { type: "new thing", dropped: 3 }), null);
  assert.equal(store.dropped, 3);
});

test("the latest is followed, but nobody is left in the middle of something", () => {
  const store = newStore();
  assert.equal(follow(store, null, 0), null);
  apply(store, event(A, 10_000, "page_view"));
  assert.equal(follow(store, null, 10_000), keyOf(A));
  apply(store, event(B, 11_000, "page_view"));
  assert.equal(follow(store, keyOf(A), 11_000), keyOf(A));
  assert.equal(follow(store, keyOf(A), 13_000), keyOf(B));
  apply(store, state(A, 12_000, {}, [{ rule: "r", when: true, fires_at: 20_000, clauses: [] }]));
  assert.equal(follow(store, keyOf(A), 13_000), keyOf(A));
  assert.equal(follow(store, keyOf(A), 20_001), keyOf(B));
  applyRecent(store, [{ ...A, last_at: 30_000, events: 7 }]);
  assert.equal(follow(store, keyOf(B), 30_000), keyOf(A));
  assert.equal(store.visitors.get(keyOf(A)).events, 7);
});

test("times, quantities and progress", () => {
  for (const [ms, text] of [[-5, "0.0 s"], [7449, "7.4 s"], [9960, "10 s"], [59_000, "59 s"],
    [125_000, "2:05"], [3_725_000, "1:02:05"]]) assert.equal(format.countdown(ms), text);
  for (const [text, n] of [["3", 3], ["129.8", 129.8], ["1m30s", 90_000], ["250ms", 250], ["5%", 0.05],
    ["-", NaN], ["checkout", NaN], ["", NaN]]) assert.equal(format.quantity(text), n, text);
  const progress = (text, value, holds = false) => format.progressOf({ text, value, holds });
  assert.equal(progress("count(form_error, 2m) >= 3", "2"), 2 / 3);
  assert.equal(progress("idle >= 20s", "5s"), 0.25);
  assert.equal(progress("cart.value > 30", "129"), 1);
  assert.equal(progress("count(x, 1m) >= 3", "3", true), null);
  assert.equal(progress("page.type == 'a'", "b"), null);
  assert.equal(progress("cart.value >= 30", "-"), null);
});

test("values as people say them, messages in the visitor's language", () => {
  for (const [value, text] of [["11s827ms", "11.8s"], ["2m3s40ms", "2m3s"], ["810ms", "810ms"],
    ["1m", "1m"], ["checkout", "checkout"], ["-", "-"]]) assert.equal(format.shownValue(value), text);
  const message = { de: "Hallo", en: "Hello", fi: "Hei" };
  assert.deepEqual(format.messageFor(message, "fi"), ["fi", "Hei"]);
  assert.deepEqual(format.messageFor(message, "fi-FI"), ["fi", "Hei"]);
  assert.deepEqual(format.messageFor(message, "sv"), ["en", "Hello"]);
  assert.deepEqual(format.messageFor({ de: "Hallo" }, undefined), ["de", "Hallo"]);
  assert.equal(format.messageFor({}, "fi"), null);
});

test("events in a few words", () => {
  const words = (name, props) => format.summarize(name, props).join(" | ");
  assert.equal(words("page_view", { url: "http://a/b?c=1", type: "home" }), "/b?c=1 | home");
  assert.equal(words("page_view", { url: "no url" }), "no url");
  assert.equal(words("add_to_cart", { value: 9, currency: "EUR", items: [{ item_name: "Sock", quantity: 2 }] }),
    "Sock | × 2 | 9 EUR");
  assert.equal(words("view_cart", { items: [{ item_id: "a" }, {}, {}] }), "a | and 2 more");
  assert.equal(words("search", { search_term: "wool", results: 0 }), "“wool” | 0 results");
  assert.equal(words("own_event", { a: 1, b: true, c: "x", d: "y", e: {} }), "a 1 | b true | c x");
  assert.equal(words("active", {}), "");
  assert.equal(words("offer_accepted", { trigger: "b3f0", channel: "chat" }), "chat");
});

test("a shop on this machine is framed under the console's host", () => {
  assert.equal(format.sameSite("http://127.0.0.1:8080/demo/", "localhost"), "http://localhost:8080/demo/");
  assert.equal(format.sameSite("http://localhost:8080/demo/", "127.0.0.1"), "http://127.0.0.1:8080/demo/");
  assert.equal(format.sameSite("https://shop.fi/", "localhost"), "https://shop.fi/");
});

test("an expression may break after its marks, and loses nothing", () => {
  const text = "distinct(view_item.item_id, 15m) >= 4";
  assert.equal(format.breakable(text).join("").replace("\u00a0", " "), text);
  assert.deepEqual(format.breakable("a.b"), ["a.", "b"]);
});

test("an explanation tells what came before the page looked, once, and what would silence", () => {
  const store = newStore();
  const who = { site: "demo", visitor: "v" };
  apply(store, { type: "event", ...who, at: 50, name: "search", props: { search_term: "x" } });
  const explanation = {
    ...who,
    timeline: [
      { kind: "visit", at: 10, visit: 2 },
      { kind: "event", at: 10, name: "form_error", times: 3, until: 12, what: ["phone"] },
      { kind: "rule", at: 12, rule: "r", holds: true },
      { kind: "decision", at: 20, rule: "r", decision: "silent", reason: "hours", why: "3 form errors" },
      { kind: "event", at: 50, name: "search", times: 1, until: 50, what: ["x"] },
    ],
    rules: [{
      rule: "r", silences: [{ reason: "hours", text: "outside its hours", until: 99 }],
      decisions: [{ at: 20, decision: "silent", reason: "hours" }],
    }],
  };
  const record = applyExplanation(store, explanation);
  assert.deepEqual(record.feed.map(({ kind, at }) => `${kind} ${at}`),
    ["event 50", "decision 20", "event 10", "visit 10"]);
  assert.deepEqual(record.feed[2].what, ["phone"]);
  assert.equal(record.decided.get("r").reason, "hours");
  assert.equal(record.silences.get("r")[0].text, "outside its hours");
  applyExplanation(store, explanation);
  assert.equal(record.feed.length, 4);
});

test("an explanation brings the state up to now, and never back", () => {
  const clause = (value, holds, changes_at) => ({ text: "count(x, 5s) >= 1", value, holds, depth: 0, changes_at });
  const rule = (...of) => ({
    rule: "r", when: of[1], fires_at: null, clauses: [clause(...of)], silences: [], decisions: [],
  });
  const store = newStore();
  const record = apply(store, { ...state(A, 100, {}, [rule("1", true, 5100)]), next_deadline: 9000 });
  assert.equal(record.turnAt, 5100);
  const at = (at, ...of) => ({ ...state(A, at, {}, [rule(...of)]), type: undefined, timeline: [] });
  applyExplanation(store, at(5600, "0", false, null));
  assert.deepEqual([record.stateAt, record.turnAt, record.rules[0].when], [5600, null, false]);
  applyExplanation(store, at(5000, "1", true, 5100));
  assert.equal(record.rules[0].when, false);
});
