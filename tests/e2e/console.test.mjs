// The console's live view in a real browser against the real server: what a shopper does in the
// shop beside it stands there as it happens, up to the offer.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { browser, server } from "./demo.mjs";
import { startServer } from "./server.mjs";
import { DESKTOP, PHONE, newShopper, until } from "./shopper.mjs";

const inConsole = (name, options, run) =>
  test(name, async () => {
    const viewer = await newShopper(browser, options);
    try {
      await run(viewer);
    } catch (e) {
      await viewer.shot("failed-" + name.replace(/\W+/g, "-")).catch(() => {});
      throw e;
    } finally {
      await viewer.close();
    }
  });

/** The shop's frame, once its page has come. */
const shopIn = (page) => until(() => page.frames().find((f) => f.url().includes("/demo/")), "the shop's frame");

const getStuckIn = async (shop) => {
  await shop.goto(new URL("product.html?id=halla-shell", shop.url()).href);
  await shop.click("text=Add to cart");
  await shop.click(".toast a");
  await shop.click("text=To checkout");
  await shop.fill("#email", "matti@");
  await shop.fill("#phone", "call me");
  await shop.fill("#postcode", "ABC");
  await shop.focus("#city");
};

inConsole("a stuck visit is seen beside the shop, up to the offer", DESKTOP, async (viewer) => {
  const { page } = viewer;
  await page.goto(server.staff);
  await page.waitForSelector(".link.live");
  assert.equal(new URL(page.url()).hash, "", "the token stands in the address bar");
  const shop = await shopIn(page);
  await page.waitForSelector(".item.event >> text=page_view");
  await getStuckIn(shop);

  const card = page.locator(".rulecard", { has: page.locator("h3", { hasText: /^checkout-stuck$/ }) });
  await card.and(page.locator(".counting")).waitFor({ timeout: 20000 });
  await page.waitForSelector(".item.trouble >> text=form_error");
  assert.match(await page.textContent(".panel.facts"), /checkout/);
  await viewer.shot("console-counting");
  // A card that moved up while it changed is drawn as what it is now, not as what it was.
  const drawn = await card.locator(".clause.true > .mark").evaluateAll((marks) =>
    new Set(marks.map((mark) => getComputedStyle(mark).color)).size);
  assert.equal(drawn, 1);

  const offer = page.locator(".item.offer").first();
  await offer.waitFor({ timeout: 30000 });
  await page.waitForSelector(".item.talk >> text=offer_shown");
  await viewer.shot("console-offer");
  assert.match(await offer.textContent(), /checkout-stuck/);
  await offer.locator(".trigger summary").click();
  const trigger = JSON.parse(await offer.locator("pre").textContent());
  assert.equal(trigger.type, "vinkki.trigger.v1");
  const visitor = await viewer.visitor();
  assert.equal(trigger.data.visitor.id, visitor, "the frame keeps the visitor's cookie");
  assert.equal(await page.getAttribute(".chosen .id", "title"), visitor);

  await page.emulateMedia({ colorScheme: "dark" });
  await viewer.shot("console-offer-dark");
  assert.deepEqual(viewer.errors, []);
});

inConsole("who opens the page later sees what happened before, and what is missing", DESKTOP, async (viewer) => {
  const shopper = await newShopper(browser, DESKTOP);
  try {
    await shopper.page.goto(server.shop);
    await shopper.page.goto(new URL("product.html?id=halla-shell", server.shop).href);
    await shopper.page.click("text=Add to cart");
    const visitor = await until(() => shopper.visitor(), "the visitor's id");
    const { page } = viewer;
    await until(async () => (await server.visitors()).some((v) => v.visitor === visitor && v.events >= 4), "the events");
    await page.goto(server.staff);
    await page.waitForSelector(".link.live");
    await page.click(".chosen");
    await page.click(`.choices button:has(.id[title="${visitor}"])`);
    await page.waitForSelector(".item.event >> text=add_to_cart");
    await page.waitForSelector(".visitmark >> text=Visit 1 began");
    const card = page.locator(".rulecard", { has: page.locator("h3", { hasText: /^checkout-stuck$/ }) });
    if ((await card.locator(".missing").count()) === 0) await card.locator("h3 button").click();
    await card.locator(".missing >> text=0 of 3 form errors in 2 min; needs 3 more").waitFor();
    await viewer.shot("console-explained");
    await page.emulateMedia({ colorScheme: "dark" });
    await viewer.shot("console-explained-dark");
    assert.deepEqual(viewer.errors, []);
  } finally {
    await shopper.close();
  }
});

inConsole("somebody is followed, or pinned by keyboard alone", DESKTOP, async (viewer) => {
  const { page } = viewer;
  await page.goto(server.staff);
  await page.waitForSelector(".link.live");
  await page.focus(".chosen");
  for (const key of ["Enter", "ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  await page.waitForSelector(".pin[aria-pressed=true]");
  assert.equal(await page.locator(".choices").count(), 0);
  assert.ok(await page.evaluate(() => document.activeElement.matches(".chosen")));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".pin[aria-pressed=false]");
  assert.deepEqual(viewer.errors, []);
});

inConsole("a wrong token is said, the right one opens (phone)", PHONE, async (viewer) => {
  const { page } = viewer;
  const [address, token] = server.staff.split("#token=");
  await page.goto(address);
  await page.waitForSelector("text=This page needs its token");
  await page.fill("#token", "wrong");
  await page.keyboard.press("Enter");
  await page.waitForSelector("text=That is not the token");
  await viewer.shot("console-wrong-token");
  await page.fill("#token", token);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".link.live");
  await page.click(".tabs >> text=Timeline");
  assert.ok(await page.isVisible(".panel.feed"));
  assert.ok(!(await page.isVisible(".shop")));
  await viewer.shot("console-phone");
  await page.reload();
  await page.waitForSelector(".link.live");  // this tab knows the token
});

/** run(viewer, write) in a console of its own, over one rule; write(when) changes it. */
const overRule = (name, first, run) =>
  test(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), "vinkki-rules-"));
    const write = (when) => writeFileSync(join(folder, "a.yml"),
      `version: 1\nrules:\n  - name: a\n    when: ${when}\n    offer: { channels: [chat], message: { en: Hi } }\n`);
    write(first);
    const own = await startServer(process.env.VINKKI_BUILD, `version: 1\nrules: ${folder}\n`);
    const viewer = await newShopper(browser);
    try {
      await viewer.page.goto(own.staff);
      await run(viewer, write);
    } finally {
      await viewer.close();
      await own.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });

overRule("a file of rules that is saved broken is said, and that it was mended", "idle > 10s", async ({ page, shot }, write) => {
  await page.waitForSelector(".ruleset >> text=1 rule");
  write("idel > 10s");
  await page.waitForSelector(".banner.bad >> text=a.yml:4:11");
  await shot("console-refused");
  write("idle > 20s");
  await page.waitForSelector(".banner.good >> text=Rules loaded: 1 in force");
  assert.ok(!(await page.isVisible(".banner.bad")));
});

overRule("what time ends is seen without another event", "count(page_view, 6s) >= 1", async ({ page }) => {
  await page.waitForSelector(".clause.true");
  await page.waitForSelector(".clause.false", { timeout: 20_000 });
  assert.equal(await page.locator(".item.event >> text=page_view").count(), 1);
});

overRule("what grows with the clock moves by itself", "idle >= 10m", async ({ page, shot }) => {
  const idle = (place) => page.locator(place).evaluateAll(([one]) => Number(/^(\d+)s$/.exec(one?.textContent)?.[1]));
  const fact = () => idle(".fact:has(dt[title=idle]) dd span");
  await page.click(".rulecard h3 button"); // far from holding, its clauses are folded
  await until(async () => (await fact()) >= 7, "idle"); // the page has asked for what changed at 5 s
  const dwell = () => page.locator(".fact:has(dt[title=dwell]) dd").textContent();
  const stood = await dwell(); // at most 5 s of rest count
  let asked = 0;
  page.on("request", (request) => (asked += /explain|live/.test(request.url())));
  const seen = new Set();
  await until(async () => seen.add(await fact()) && seen.size >= 4, "three more seconds");
  assert.ok((await idle(".clause .value")) >= 10);
  assert.match(await page.textContent(".missing"), /idle for 1\d s; needs 10 min/);
  assert.equal(asked, 0);
  assert.match(stood, /^\d+(\.\d)?s$/); // tenths where milliseconds are known
  assert.equal(await dwell(), stood);
  await shot("console-idle");
});

test("a server that goes away is said, and tried again", async () => {
  const own = await startServer(process.env.VINKKI_BUILD);
  const viewer = await newShopper(browser);
  try {
    await viewer.page.goto(own.staff);
    await viewer.page.waitForSelector(".link.live");
    await own.stop();
    await viewer.page.waitForSelector(".link.lost");
    await viewer.page.waitForSelector(".banner >> text=Try now");
    await viewer.shot("console-lost");
  } finally {
    await viewer.close();
  }
});
