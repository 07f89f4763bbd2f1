// The dataLayer bridge: shape of a push -> what is reported.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, pageType, read } from "../../beacon/src/datalayer.js";
import { overhear } from "../../beacon/src/listen.js";

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
  ["gtag set, with the name of an event beside", gtag("set", { currency: "EUR" }), false],
  ["GTM, with ecommerce emptied", { event: "view_item", ecommerce: {} }, "view_item", {}],
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
    const reported = [];
    read(entry, (name, props) => reported.push([name, props]));
    assert.deepEqual(reported, event ? [[event, props]] : []);
  });
}

test("page_type comes from any shape", () => {
  const typeAfter = (entry) => {
    read(entry, () => {});
    return pageType;
  };
  assert.equal(typeAfter({ page_type: "checkout" }), "checkout");
  assert.equal(typeAfter({ event: "view_item", page_type: "product", ecommerce: {} }), "product");
  assert.equal(typeAfter(gtag("config", "G-1", { page_type: "cart" })), "cart");
  assert.equal(typeAfter(gtag("set", { page_type: "home" })), "home");
  assert.equal(typeAfter(gtag("event", "page_view", { page_type: "search" })), "search");
  assert.equal(typeAfter({ event: "view_item" }), "search", "until another push says otherwise");
});

test("only flat values pass, of props and of their items", () => {
  const fn = () => {};
  assert.deepEqual(
    clean({ a: "x", b: 1, c: true, d: { e: 1 }, f: [1], g: null, h: fn, i: 1n, items: [{ item_id: "1", deep: { x: 1 }, ids: [1] }] }),
    { a: "x", b: 1, c: true, items: [{ item_id: "1" }] }
  );
  const around = {};
  around.around = around;
  assert.deepEqual(clean({ around, name: "x" }), { name: "x" }, "what goes round in a circle stays out");
  assert.deepEqual(clean(), {});
});

test("overhearing a layer keeps its own push working, and comes after it", () => {
  const layer = [{ event: "early" }];
  const seen = [];
  overhear(layer, "push", (entries) => seen.push(layer.length, ...entries.map((e) => e.event)));
  assert.equal(layer.push({ event: "a" }, { event: "b" }), 3);
  assert.deepEqual(seen, [3, "a", "b"]);
  assert.deepEqual(layer.map((entry) => entry.event), ["early", "a", "b"]);
});
