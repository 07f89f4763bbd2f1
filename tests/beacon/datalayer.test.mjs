// The dataLayer bridge: shape of a push -> what is reported.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, read, watch } from "../../beacon/src/datalayer.js";

const gtag = function () {
  return arguments;
};

const items = [{ item_id: "sku-1", price: 80, quantity: 1 }];

const table = [
  ["GTM", { event: "view_item", ecommerce: { currency: "EUR", value: 80, items } }, "view_item", { currency: "EUR", value: 80, items }],
  ["GTM, what stands beside ecommerce stays out", { event: "purchase", email: "a@b.fi", ecommerce: { value: 1 } }, "purchase", { value: 1 }],
  ["GTM without ecommerce", { event: "search", search_term: "tent", results: 4 }, "search", { search_term: "tent", results: 4 }],
  ["gtag", gtag("event", "add_to_cart", { value: 80, items }), "add_to_cart", { value: 80, items }],
  ["gtag as an array", ["event", "purchase", { transaction_id: "T1", value: 9 }], "purchase", { transaction_id: "T1", value: 9 }],
  ["gtag without parameters", gtag("event", "view_cart"), "view_cart", {}],
  ["another event", { event: "login", email: "a@b.fi" }, false],
  ["no event", { foo: 1 }, false],
  ["gtag js", gtag("js", new Date(0)), false],
  ["gtag consent", gtag("consent", "update", { ad_storage: "granted" }), false],
  ["ecommerce reset", { ecommerce: null }, false],
  ["a function, as GTM allows", () => {}, false],
  ["null", null, false],
  ["undefined", undefined, false],
  ["text", "view_item", false],
  ["empty array", [], false],
];

for (const [name, entry, event, props] of table) {
  test(name, () => {
    const got = read(entry);
    assert.equal(got[0] || false, event);
    if (event) assert.deepEqual(got[1], props);
  });
}

test("page_type comes from any shape", () => {
  assert.equal(read({ page_type: "checkout" })[2], "checkout");
  assert.equal(read({ event: "view_item", page_type: "product", ecommerce: {} })[2], "product");
  assert.equal(read(gtag("config", "G-1", { page_type: "cart" }))[2], "cart");
  assert.equal(read(gtag("set", { page_type: "home" }))[2], "home");
  assert.equal(read(gtag("event", "page_view", { page_type: "search" }))[2], "search");
});

test("only flat values and one level of items pass", () => {
  const fn = () => {};
  assert.deepEqual(
    clean({ a: "x", b: 1, c: true, d: { e: 1 }, f: [1], g: null, h: fn, items: [{ item_id: "1", deep: { x: 1 }, items }] }),
    { a: "x", b: 1, c: true, items: [{ item_id: "1" }] }
  );
  assert.equal(clean({ long: "x".repeat(5000) }).long.length, 1000);
});

test("watching a layer keeps its own push working", () => {
  globalThis.window = { dataLayer: [{ event: "early" }] };
  const seen = [];
  const layer = watch("dataLayer", (entry) => seen.push(entry.event));
  assert.equal(window.dataLayer.push({ event: "a" }, { event: "b" }), 3);
  assert.deepEqual(seen, ["a", "b"]);
  assert.deepEqual(layer.map((entry) => entry.event), ["early", "a", "b"]);
});
