// The rows of a rule's clauses: node --test tests/console/*.test.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import { byNearness, hasWord, heldOf, rowsOf } from "../../console/web/src/clauses.js";

const list = (...lines) =>
  lines.map(([depth, text]) => ({ depth, text, value: "-", holds: false, changes_at: null }));
const shown = (clauses) =>
  rowsOf(clauses).map(({ clause, depth, name, branch }) =>
    `${"  ".repeat(depth)}${name ? `${name}: ` : ""}${branch || clause.text}`);

test("lets lend their names to what they mean, branches say what they ask for", () => {
  const clauses = list(
    [0, "in_checkout"], [1, 'page.type == "checkout"'],
    [0, "struggling"], [1, "count(form_error, 2m) >= 3 or count(rage_click, 1m) >= 1"],
    [2, "count(form_error, 2m) >= 3"], [2, "count(rage_click, 1m) >= 1"],
    [0, "not (a.b and c.d)"], [1, "(a.b and c.d)"], [2, "a.b"], [2, "c.d"],
    [0, "cart.value >= 30"],
  );
  assert.deepEqual(shown(clauses), [
    'in_checkout: page.type == "checkout"',
    "struggling: any of", "  count(form_error, 2m) >= 3", "  count(rage_click, 1m) >= 1",
    "not", "  all of", "    a.b", "    c.d",
    "cart.value >= 30",
  ]);
  assert.deepEqual(rowsOf(clauses).map((row) => row.index), [1, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("a let of a let keeps the name that the rule uses", () => {
  assert.deepEqual(shown(list([0, "outer"], [1, "inner"], [2, "idle > 9s"])), ["outer: idle > 9s"]);
});

test("a word counts only outside brackets and texts", () => {
  assert.ok(hasWord("a or b", "or"));
  assert.ok(!hasWord("count(a or b, 1m) > 2", "or"));
  assert.ok(!hasWord('page.title == "this or that"', "or"));
  assert.ok(!hasWord("form_or_not > 1", "or"));
  assert.ok(!hasWord(String.raw`x == "a \" or b"`, "or"));
});

test("nothing, and depths that jump", () => {
  assert.deepEqual(rowsOf([]), []);
  assert.deepEqual(shown(list([2, "a"], [0, "b"], [3, "c"])), ["a", "b: c"]);
});

test("rules that matter now come first", () => {
  const rule = (name, held, all, more = {}) => ({
    rule: name, when: false, fires_at: null, ...more,
    clauses: Array.from({ length: all }, (_, i) => ({ depth: 0, text: `x${i} > 1`, holds: i < held })),
  });
  const rules = [
    rule("far", 0, 2), rule("half", 1, 2), rule("half too", 2, 4), rule("decided", 0, 2),
    rule("holds", 2, 2, { when: true }), rule("counting", 2, 2, { when: true, fires_at: 9 }),
  ];
  const decidedAt = (name) => (name === "decided" ? 1000 : undefined);
  const names = (at) => byNearness(rules, decidedAt, at).map(({ rule }) => rule.rule);
  assert.deepEqual(names(2000), ["counting", "holds", "decided", "half", "half too", "far"]);
  assert.deepEqual(names(500_000).slice(2), ["half", "half too", "far", "decided"]);
  assert.deepEqual(heldOf(rules[2].clauses), [2, 4]);
});
