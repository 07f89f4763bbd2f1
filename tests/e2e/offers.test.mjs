// The main job in a real browser against the real server: who is stuck gets an offer, who is not
// is left alone, and what the visitor answers is respected and recorded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, server } from "./demo.mjs";
import { PHONE, newShopper, until } from "./shopper.mjs";

const shop = (path = "") => server.shop + path;

/** Runs a shopper's visit; whatever goes wrong, there is a picture of it. */
const visit = (name, options, run) =>
  test(name, async () => {
    const shopper = await newShopper(browser, options);
    try {
      await run(shopper);
      assert.deepEqual(shopper.errors, []);
    } catch (e) {
      await shopper.shot("failed-" + name.replace(/\W+/g, "-")).catch(() => {});
      throw e;
    } finally {
      await shopper.close();
    }
  });

const seen = (shopper, name, test = () => true) =>
  shopper.visitor().then((visitor) =>
    server.live.until((m) => m.type == "event" && m.visitor == visitor && m.name == name && test(m), `${name} of ${visitor}`)
  );

const decided = (visitor, decision, rule) =>
  server.live.until(
    (m) => m.type == "decision" && m.visitor == visitor && m.decision == decision && (!rule || m.rule == rule),
    `'${decision}' by ${rule || "any rule"} for ${visitor}`,
    30000
  );

const buy = async ({ page }, id = "halla-shell") => {
  await page.goto(shop(`product.html?id=${id}`));
  await page.click("text=Add to cart");
};

/** Goes to the checkout and gets three fields wrong, one after the other. */
const getStuck = async (shopper) => {
  const { page } = shopper;
  await buy(shopper);
  await page.click(".toast a");
  await page.click("text=To checkout");
  const [errors] = [shopper.events("form_error").length];
  await page.fill("#email", "matti@");
  await page.fill("#phone", "call me");
  await page.fill("#postcode", "ABC");
  await page.focus("#city");
  await shopper.sends("form_error", errors + 3);
};

for (const [device, options] of [["desktop", undefined], ["phone", PHONE]]) {
  visit(`a stuck shopper gets the offer, accepts, and the chat opens (${device})`, options, async (shopper) => {
    await getStuck(shopper);
    const visitor = await shopper.visitor();
    const third = (await until(() => {
      const errors = server.live.messages.filter((m) => m.name == "form_error" && m.visitor == visitor);
      return errors.length >= 3 && errors;
    }, "three form errors in the live view"))[2];

    const decision = await decided(visitor, "offer", "checkout-stuck");
    const took = decision.at - third.at;
    assert.ok(took >= 10000 && took < 12000, `10 s after the third error, says the rule; it was ${took} ms`);
    await shopper.dialog.appears(5000);
    await shopper.shot(`stuck-${device}-offer`);
    const shown = await seen(shopper, "offer_shown");

    await shopper.dialog.press((await shopper.dialog.buttons())[0]);
    await shopper.page.waitForSelector(".chat");
    await shopper.dialog.goes();
    await shopper.page.click(".sees summary");
    await shopper.shot(`stuck-${device}-chat`);
    assert.equal(await shopper.page.textContent("[data-trigger]"), shown.props.trigger);
    assert.equal(await shopper.page.textContent("[data-rule]"), "checkout-stuck");

    const accepted = await seen(shopper, "offer_accepted");
    assert.equal(accepted.props.trigger, shown.props.trigger);
    assert.ok(accepted.props.channel);
    await seen(shopper, "offer_opened", (m) => m.props.trigger == shown.props.trigger);
    await seen(shopper, "conversation_started", (m) => m.props.trigger == shown.props.trigger);
    const trigger = await server.live.until((m) => m.type == "trigger" && m.visitor == visitor, "the trigger");
    assert.equal(trigger.trigger.id, shown.props.trigger);
  });
}

visit("declining is respected", undefined, async (shopper) => {
  await getStuck(shopper);
  await shopper.dialog.appears(25000);
  await shopper.dialog.press("No thanks");
  await shopper.dialog.goes();
  await seen(shopper, "offer_declined");

  // Back and forth between a product and the cart would be worth another offer.
  const visitor = await shopper.visitor();
  await shopper.page.goto(shop("cart.html"));
  for (let i = 0; i < 3; i++) {
    await shopper.page.goto(shop("product.html?id=kaira-tent"));
    await shopper.sends("view_item");
    await shopper.page.goto(shop("cart.html"));
    await until(() => server.live.messages.filter((m) => m.name == "view_cart" && m.visitor == visitor).length >= i + 2, "view_cart");
  }
  await new Promise((resolve) => setTimeout(resolve, 8000)); // it would come 5 s after the third look
  assert.equal(await shopper.dialog.shown(), false);
  assert.equal(server.live.messages.filter((m) => m.type == "trigger" && m.visitor == visitor).length, 1);
});

visit("four products compared and nothing added brings an offer", undefined, async (shopper) => {
  await shopper.page.goto(shop("category.html?c=shelter"));
  const looks = ["kaira-tent", "kaira-tent-3", "kaira-tent", "lumme-tent", "tunturi-tent", "kaira-tent"];
  for (const [i, id] of looks.entries()) {
    if (i > 0) await shopper.page.goBack();
    await shopper.page.click(`[data-id="${id}"] a`);
    await shopper.page.waitForSelector(".buy");
    await shopper.sends("view_item");
  }
  await shopper.dialog.appears(30000);
  await shopper.shot("comparing-offer");
  const visitor = await shopper.visitor();
  const offer = await decided(visitor, "offer");
  assert.match(offer.rule, /compar|choos|choice/);
});

visit("going back and forth between cart and product brings an offer", undefined, async (shopper) => {
  await buy(shopper, "kaamos-bag");
  for (let i = 1; i <= 3; i++) {
    await shopper.page.goto(shop("cart.html"));
    await shopper.sends("view_cart", i);
    if (i < 3) {
      await shopper.page.click(".lines a b");
      await shopper.page.waitForSelector(".buy");
    }
  }
  await shopper.dialog.appears(30000);
  await shopper.shot("back-and-forth-offer");
  const offer = await decided(await shopper.visitor(), "offer");
  assert.match(offer.rule, /cart/);
});

visit("an untroubled shopper is left alone", undefined, async (shopper) => {
  const { page } = shopper;
  await page.goto(shop());
  await page.click("text=Autumn layers");
  await page.click('[data-id="halla-shell"] a');
  await page.click("text=Add to cart");
  await page.click(".toast a");
  await page.click("text=To checkout");
  const answers = {
    email: "aino@example.fi", phone: "+358 40 123 4567", name: "Aino Metsä", street: "Kuja 3",
    postcode: "00120", city: "Helsinki", card: "4242 4242 4242 4242", expiry: "08/31", cvc: "123",
  };
  for (const [id, value] of Object.entries(answers)) await page.fill("#" + id, value);
  await page.click("form#checkout .button");
  await page.waitForSelector("text=Kiitos!");
  await shopper.shot("thanks");
  const visitor = await shopper.visitor();
  const purchase = await seen(shopper, "purchase");
  assert.equal(purchase.props.value, 245);
  // The longest wait that any of the demo's rules has for what this visitor did.
  await new Promise((pass) => setTimeout(pass, 12000));
  assert.deepEqual(server.live.messages.filter((m) => /trigger|decision/.test(m.type) && m.visitor == visitor), []);
  assert.equal(await shopper.dialog.shown(), false);
  assert.deepEqual(shopper.events("form_error"), []);
});

visit("Escape closes the offer, and the focus stays where it was", undefined, async (shopper) => {
  await getStuck(shopper);
  await shopper.dialog.appears(25000);
  const focused = () => shopper.page.evaluate(() => document.activeElement.id);
  assert.equal(await focused(), "city");
  await shopper.page.keyboard.press("Escape");
  await shopper.dialog.goes();
  assert.equal(await focused(), "city");
  await seen(shopper, "offer_dismissed");
});

test("what was offered is counted, and what came of it is stored", async () => {
  const metrics = await server.metrics();
  const offers = /^vinkki_triggers_total\{[^}]*rule="checkout-stuck"[^}]*\} (\d+)/m.exec(metrics);
  assert.ok(offers && Number(offers[1]) >= 4, metrics.match(/^vinkki_triggers_total.*/gm)?.join("\n"));
  const accepted = server.live.messages.filter((m) => m.name == "offer_accepted");
  assert.equal(accepted.length, 2);
  const events = await server.stored("events");
  for (const { visitor, props } of accepted) {
    const outcome = events.filter((e) => e.visitor == visitor && e.props.trigger == props.trigger).map((e) => e.name);
    assert.deepEqual(outcome.sort(), ["conversation_started", "offer_accepted", "offer_opened", "offer_shown"]);
  }
});
