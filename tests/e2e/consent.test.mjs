// Consent: what is stored where, and what leaves the page, in each mode and on the way between them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, server } from "./demo.mjs";
import { newShopper, until } from "./shopper.mjs";

const OURS = /vinkki/i;

/** Everything that the page has left on the device under a name of ours. */
const stored = async ({ page, context }) => ({
  cookies: (await context.cookies()).filter((c) => OURS.test(c.name)).map((c) => c.name),
  session: await page.evaluate(() => Object.keys(sessionStorage).filter((k) => /vinkki/i.test(k))),
  local: await page.evaluate(() => Object.keys(localStorage).filter((k) => /vinkki/i.test(k))),
  databases: await page.evaluate(async () => (await indexedDB.databases()).map((d) => d.name)),
});
const NOTHING = { cookies: [], session: [], local: [], databases: [] };

const withShopper = (name, run) =>
  test(name, async () => {
    const shopper = await newShopper(browser);
    try {
      await run(shopper);
      assert.deepEqual(shopper.errors, []);
    } finally {
      await shopper.close();
    }
  });

const choose = (shopper, value) => shopper.page.check(`.privacy [value=${value}]`, { force: true });

const someShopping = async ({ page }) => {
  await page.goto(server.shop + "product.html?id=savu-kuksa");
  await page.click("text=Add to cart");
  await page.goto(server.shop + "checkout.html");
  await page.click("form#checkout .button");
  await page.waitForSelector("[aria-invalid=true]");
};

withShopper("off: nothing is sent, nothing is stored, on either side", async (shopper) => {
  await shopper.context.addInitScript(() => localStorage.setItem("tuohi-privacy", '"off"'));
  const before = await server.visitors();
  await someShopping(shopper);
  await shopper.page.goto(server.shop); // what would leave with the page has left
  await shopper.page.waitForLoadState("networkidle");
  assert.deepEqual(shopper.requests.map((r) => r.url()), []);
  assert.deepEqual(await stored(shopper), NOTHING);
  assert.deepEqual(await server.visitors(), before);
});

withShopper("cookieless: events arrive, the device keeps nothing", async (shopper) => {
  await shopper.context.addInitScript(() => localStorage.setItem("tuohi-privacy", '"cookieless"'));
  await someShopping(shopper);
  await shopper.sends("form_error");
  const { i, m } = shopper.batches().at(-1);
  assert.equal(m, "cookieless");
  assert.match(i, /^[\w-]{16,64}$/);
  await server.live.until((message) => message.visitor == "p." + i && message.name == "form_error", "form_error of p." + i);
  assert.deepEqual(await stored(shopper), NOTHING);
  const ids = new Set(shopper.batches().map((batch) => batch.i));
  assert.ok(ids.size >= 2, "each page is somebody new");
});

withShopper("full: one HttpOnly cookie of the server's, one key in the session's storage", async (shopper) => {
  await someShopping(shopper);
  const visitor = await shopper.visitor();
  const cookie = (await shopper.context.cookies()).find((c) => c.name == "vinkki_id");
  assert.ok(cookie.httpOnly);
  assert.equal(cookie.sameSite, "Lax");
  assert.deepEqual(await stored(shopper), { ...NOTHING, cookies: ["vinkki_id"], session: ["vinkki"] });
  await shopper.page.goto(server.shop);
  await server.live.until((m) => m.visitor == visitor && m.name == "page_view" && m.props.type == "home", "the front page");
  assert.equal(await shopper.visitor(), visitor, "the same visitor on every page");
});

withShopper("withdrawing tells the server once, and takes everything away", async (shopper) => {
  await someShopping(shopper);
  const visitor = await shopper.visitor();
  await choose(shopper, "off");
  await until(async () => (await stored(shopper)).cookies.length == 0, "the cookie to go");
  assert.deepEqual(await stored(shopper), NOTHING);
  await server.live.until((m) => m.visitor == visitor && m.name == "consent" && m.props.mode == "off", "the withdrawal");
  const last = shopper.batches().at(-1);
  assert.deepEqual([last.m, last.e.map(([name, , props]) => [name, props])], ["off", [["consent", { mode: "off" }]]]);

  const requests = shopper.requests.length;
  await shopper.page.goto(server.shop + "cart.html");
  await shopper.page.waitForLoadState("networkidle");
  assert.equal(shopper.requests.length, requests);
  assert.deepEqual(await stored(shopper), NOTHING);
});

withShopper("full again after a withdrawal is a new visitor", async (shopper) => {
  await someShopping(shopper);
  const visitor = await shopper.visitor();
  await choose(shopper, "off");
  await until(async () => (await stored(shopper)).cookies.length == 0, "the cookie to go");
  await choose(shopper, "full");
  const again = await shopper.visitor();
  assert.notEqual(again, visitor);
  const view = await server.live.until((m) => m.visitor == again && m.name == "page_view", "the page, told to the new visitor");
  assert.equal(view.props.type, "checkout");
});

withShopper("Global Privacy Control makes full cookieless", async (shopper) => {
  await shopper.context.addInitScript(() => Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true }));
  await someShopping(shopper);
  await shopper.sends("form_error");
  assert.deepEqual([...new Set(shopper.batches().map((batch) => batch.m))], ["cookieless"]);
  assert.deepEqual(await stored(shopper), NOTHING);
});
