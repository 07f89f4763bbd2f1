// The offer dialog by itself, in a real browser: how it looks, what it tells assistive technology,
// what it leaves alone, and what it opens.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, server } from "./demo.mjs";
import { DESKTOP, PHONE, newShopper, until } from "./shopper.mjs";

const OFFER = {
  id: "offer-of-the-test",
  rule: "some-rule",
  offer: {
    channel: "voice", alternatives: ["chat"], escalate: ["video"], queue: "checkout",
    message: { en: "Is something in the way?", fi: "Jumittaako jokin?", ar: "هل هناك ما يعيقك؟", cs: "Nevíte si s něčím rady?" },
  },
  labels: {
    en: { voice: "Call", chat: "Chat", no: "No thanks", close: "Close" },
    fi: { voice: "Puhelu", chat: "Chat", no: "Ei kiitos", close: "Sulje" },
    ar: { voice: "مكالمة", chat: "دردشة", no: "لا، شكرًا", close: "إغلاق" },
    cs: { voice: "Hovor", chat: "Chat", no: "Ne, děkuji", close: "Zavřít" },
  },
};

const LOOKS = {
  light: {},
  dark: { colorScheme: "dark", head: '<meta name="color-scheme" content="light dark">' },
  "forced-colours": { forcedColors: "active" },
  phone: PHONE,
  "large-text": { viewport: { width: 320, height: 568 } },
};

/** A shop without our styles under a strict policy, with the offer asked for by its own script. */
const open = async (shopper, { lang = "en", dir = "ltr", head = "", body = "", attributes = "", lives = 90000, ...more } = {}) => {
  await shopper.context.route("**/demo/of-the-test*", (route) =>
    route.fulfill({
      contentType: "text/html",
      headers: { "content-security-policy": "default-src 'none'; connect-src 'self'; script-src 'self' 'nonce-n'; style-src 'nonce-n'" },
      body: `<!doctype html><html lang="${lang}" dir="${dir}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Test</title>
        <style nonce="n">body{font:16px system-ui;margin:40px}</style>${head}
        <script async src="/v1/vinkki.js" data-site="demo" data-consent="full" ${attributes}></script></head>
        <body><h1>Shop</h1><input id="q"><button id="buy">Buy</button>${body}</body></html>`,
    })
  );
  await shopper.page.goto(server.shop + "of-the-test.html");
  await shopper.sends("page_view");
  const offer = { ...OFFER.offer, expires_at: new Date(Date.now() + lives).toISOString() };
  await shopper.page.evaluate((o) => vinkki("show", o), { ...OFFER, offer, ...more });
};

const onPage = (name, options, run) =>
  test(name, async () => {
    const shopper = await newShopper(browser, { ...DESKTOP, ...options });
    try {
      await run(shopper);
      // Chromium offers its own icon request; a policy of 'none' refuses it.
      assert.deepEqual(shopper.errors.filter((e) => !/favicon/.test(e)), []);
    } finally {
      await shopper.close();
    }
  });

onPage("it is a dialog with a name, not modal, announced politely, and takes no focus", {}, async (shopper) => {
  const { page, dialog } = shopper;
  await open(shopper);
  await page.focus("#buy");
  await dialog.appears();
  const seen = await dialog.accessible();
  assert.deepEqual([seen.role, seen.name, seen.properties.modal || false], ["dialog", "Is something in the way?", false]);
  assert.equal((await dialog.query("[aria-live=polite] [role=dialog]")).length, 1);
  assert.equal(await page.evaluate(() => document.activeElement.id), "buy");
  assert.equal(await page.evaluate(() => document.querySelector("vinkki-offer").shadowRoot), null, "the root is closed");
  assert.deepEqual(await dialog.buttons(), ["Call", "Chat", "No thanks", "Close"]);
  for (const id of await dialog.query("button")) {
    const { width, height } = await dialog.call(id, function () { const { width, height } = this.getBoundingClientRect(); return { width, height }; });
    assert.ok(width >= 44 && height >= 44, `${width} x ${height}`);
  }
  assert.deepEqual((await shopper.sends("offer_shown"))[0], { event: "offer_shown", trigger: OFFER.id });
  assert.deepEqual(await page.evaluate(() => performance.getEntriesByType("layout-shift").map((e) => e.value)), []);
});

onPage("by keyboard: Tab reaches it, Escape closes it and gives the focus back", {}, async (shopper) => {
  const { page, dialog } = shopper;
  await open(shopper);
  await dialog.appears();
  await page.focus("#buy");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.localName), "vinkki-offer");
  const [style, ring, ground] = await dialog.call(await dialog.one("button"), function () {
    const { outlineStyle, outlineOffset, outlineColor } = getComputedStyle(this);
    return [outlineStyle + outlineOffset, outlineColor, getComputedStyle(this.parentNode).backgroundColor];
  });
  assert.equal(style, "auto2px", "the browser's own ring, on the dialog's ground");
  assert.notEqual(ring, ground, "the ring can be seen");
  await shopper.shot("dialog-focus");
  await page.keyboard.press("Escape");
  await dialog.goes();
  assert.equal(await page.evaluate(() => document.activeElement.id), "buy");
  assert.equal((await shopper.sends("offer_dismissed"))[0].trigger, OFFER.id);
});

onPage("an Escape that the page has used for itself does not close it", {}, async (shopper) => {
  await open(shopper, { head: '<script nonce="n">addEventListener("keydown", (e) => e.key == "Escape" && e.preventDefault(), true)</script>' });
  await shopper.dialog.appears();
  await shopper.page.keyboard.press("Escape");
  await shopper.page.evaluate(() => vinkki("track", "after"));
  await shopper.sends("after");
  assert.equal(await shopper.dialog.shown(), true);
});

onPage("it waits while the visitor types", {}, async (shopper) => {
  const { page, dialog } = shopper;
  await page.addInitScript(() => document.addEventListener("DOMContentLoaded", () => document.getElementById("q").focus()));
  await open(shopper);
  const typing = Date.now();
  while (Date.now() - typing < 3000) {
    await page.keyboard.type("a", { delay: 100 });
    assert.equal(await dialog.shown(), false);
  }
  await dialog.appears(5000);
});

onPage("accepting tells the page; one that takes care of it gets the channel", {}, async (shopper) => {
  await open(shopper);
  await shopper.page.evaluate(() => {
    window.heard = [];
    document.addEventListener("vinkki:accept", (e) => heard.push(["dom", e.detail.channel]));
    vinkki("on", "accept", (detail) => {
      heard.push(["on", detail.id, detail.rule, detail.channel, detail.offer.queue, navigator.userActivation.isActive]);
      return true;
    });
  });
  await shopper.dialog.appears();
  await shopper.dialog.press("Chat");
  await shopper.dialog.goes();
  assert.deepEqual(await shopper.page.evaluate(() => window.heard), [["dom", "chat"], ["on", OFFER.id, "some-rule", "chat", "checkout", true]]);
  await shopper.sends("offer_opened");
  assert.deepEqual(shopper.events("offer_accepted"), [{ event: "offer_accepted", trigger: OFFER.id, channel: "chat" }]);
  assert.deepEqual(shopper.events("offer_opened"), [{ event: "offer_opened", trigger: OFFER.id, channel: "chat" }]);
});

onPage("accepting opens the widget that the shop names, told about the offer first", {}, async (shopper) => {
  await open(shopper, {
    attributes: 'data-vinkki-chat="chatwoot"',
    head: `<script nonce="n">window.calls = [];
      window.Intercom = () => calls.push("the wrong one");
      window.$chatwoot = { setCustomAttributes: (a) => calls.push(a), toggle: (how) => calls.push(how) };</script>`,
  });
  await shopper.dialog.appears();
  await shopper.dialog.press("Chat");
  await shopper.sends("offer_opened");
  const [about, how] = await shopper.page.evaluate(() => window.calls);
  assert.deepEqual([about.vinkki_trigger, about.vinkki_rule, how], [OFFER.id, "some-rule", "open"]);
});

onPage("nothing to open, or a widget that fails, is reported", {}, async (shopper) => {
  await open(shopper);
  await shopper.dialog.appears();
  await shopper.dialog.press("Chat");
  assert.deepEqual(await shopper.sends("offer_failed"), [{ event: "offer_failed", trigger: OFFER.id, channel: "chat", reason: "nothing to open" }]);
  await shopper.page.evaluate((o) => {
    window.olark = () => { throw new Error("broken") };
    vinkki("show", { ...o, id: "second" });
  }, OFFER);
  await shopper.dialog.appears();
  await shopper.dialog.press("Chat");
  assert.match((await shopper.sends("offer_failed", 2))[1].reason, /broken/);
});

onPage("declining and closing are told apart", {}, async (shopper) => {
  await open(shopper);
  await shopper.dialog.appears();
  await shopper.dialog.press("No thanks");
  await shopper.dialog.goes();
  await shopper.sends("offer_declined");
  await shopper.page.evaluate(() => vinkki("show"));
  await shopper.dialog.appears();
  await shopper.dialog.press("Close");
  await shopper.dialog.goes();
  await shopper.sends("offer_dismissed");
});

onPage("an offer that nobody answers ends as ignored, at its own time", {}, async (shopper) => {
  await open(shopper, { lives: 6000 });
  await shopper.dialog.appears();
  await shopper.dialog.goes();
  assert.equal((await shopper.sends("offer_ignored"))[0].trigger, OFFER.id);
});

onPage("the page's language, or English", { locale: "fi-FI" }, async (shopper) => {
  await open(shopper, { lang: "fi" });
  await shopper.dialog.appears();
  assert.equal(await shopper.dialog.text(), "Jumittaako jokin?");
  assert.deepEqual(await shopper.dialog.buttons(), ["Puhelu", "Chat", "Ei kiitos", "Sulje"]);
  await shopper.page.evaluate((o) => {
    document.documentElement.lang = "ja";
    vinkki("show", { ...o, id: "second" });
  }, OFFER);
  await until(async () => (await shopper.dialog.shown()) && (await shopper.dialog.text()) == "Is something in the way?", "the English text");
  assert.deepEqual(await shopper.dialog.buttons(), ["Call", "Chat", "No thanks", "Close"]);
});

for (const lang of ["fi", "cs"]) {
  for (const colorScheme of ["light", "dark"]) {
    onPage(`how it reads: ${lang}, ${colorScheme}`, { colorScheme }, async (shopper) => {
      await open(shopper, { lang, head: LOOKS.dark.head });
      await shopper.dialog.appears();
      assert.deepEqual(await shopper.dialog.buttons(), Object.values(OFFER.labels[lang]));
      await shopper.shot(`dialog-${lang}-${colorScheme}`);
    });
  }
}

onPage("an offer without labels shows the names of its channels, one without a message its buttons", {}, async (shopper) => {
  const { dialog, page } = shopper;
  await open(shopper, { labels: undefined });
  await dialog.appears();
  assert.deepEqual(await dialog.buttons(), ["voice", "chat", "No thanks", "Close"]);
  await shopper.shot("dialog-no-labels");
  await page.evaluate(() => vinkki("show", { id: "bare", offer: { channel: "bot" } }));
  await until(async () => (await dialog.shown()) && (await dialog.buttons())[0] == "bot", "the bare offer");
  await page.evaluate(() => vinkki("show", { id: "wordless", offer: { channel: "bot", message: {} }, labels: { en: { bot: "Ask the assistant" } } }));
  await until(async () => (await dialog.shown()) && (await dialog.buttons())[0] == "Ask the assistant", "its label");
  assert.equal(await dialog.text(), "");
});

onPage("right to left", {}, async (shopper) => {
  await open(shopper, { lang: "ar", dir: "rtl" });
  await shopper.dialog.appears();
  const { x } = await shopper.dialog.box("[role=dialog]");
  assert.equal(x, 16);
  const message = await shopper.dialog.box("p");
  const first = await shopper.dialog.box("button");
  assert.equal(message.x + message.width, first.x + first.width, "text and buttons begin on one line");
  await shopper.shot("dialog-rtl");
});

for (const [name, { head, ...options }] of Object.entries(LOOKS)) {
  onPage(`how it looks: ${name}`, options, async (shopper) => {
    await open(shopper, { head });
    await shopper.dialog.appears();
    const { x, y, width, height } = await shopper.dialog.box("[role=dialog]");
    const { width: w, height: h } = shopper.page.viewportSize();
    assert.ok(x >= 0 && y >= 0 && x + width <= w && y + height <= h, "all of it can be seen");
    const colours = await shopper.dialog.call(await shopper.dialog.one("[role=dialog]"), function () {
      const { backgroundColor, color } = getComputedStyle(this);
      return [backgroundColor, color];
    });
    if (name == "light") assert.deepEqual(colours, ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]);
    if (name == "dark") assert.deepEqual(colours, ["rgb(18, 18, 18)", "rgb(255, 255, 255)"]);
    await shopper.shot(`dialog-${name}`);
  });
}

onPage("reduced motion: it fades in, and does not move", { reducedMotion: "reduce" }, async (shopper) => {
  await shopper.page.addInitScript(() => {
    const { animate } = Element.prototype;
    window.animated = [];
    Element.prototype.animate = function (frames, ...how) {
      window.animated.push(...Object.keys(frames));
      return animate.call(this, frames, ...how);
    };
  });
  await open(shopper);
  await shopper.sends("offer_shown");
  assert.deepEqual(await shopper.page.evaluate(() => window.animated), ["opacity"]);
  const style = await shopper.dialog.call(await shopper.dialog.one("[role=dialog]"), function () {
    const { animationName, transitionDuration } = getComputedStyle(this);
    return [animationName, transitionDuration];
  });
  assert.deepEqual(style, ["none", "0s"]);
});
