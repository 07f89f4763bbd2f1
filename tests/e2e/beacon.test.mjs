// What the beacon makes of a page, in a real browser and sent to the real server. The pages are
// written here and served under the shop's own address.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browser, server } from "./demo.mjs";
import { newShopper, openBrowser, until } from "./shopper.mjs";

const TAG = '<script async src="/v1/vinkki.js" data-site="demo" data-consent="full"></script>';

/** Opens a page with this body; `head` comes before the beacon's tag. */
const open = async (shopper, body, head = "", tag = TAG) => {
  await shopper.context.route("**/demo/of-the-test*", (route) =>
    route.fulfill({
      contentType: "text/html",
      headers: { "content-security-policy": "script-src 'self' 'unsafe-inline'; default-src 'self'; style-src 'none'" },
      body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title>${head}${tag}</head><body>${body}</body></html>`,
    })
  );
  await shopper.page.goto(server.shop + "of-the-test.html");
};

const onPage = (name, run) =>
  test(name, async () => {
    const shopper = await newShopper(browser);
    try {
      await run(shopper);
      assert.deepEqual(shopper.errors, []);
    } finally {
      await shopper.close();
    }
  });

onPage("what was pushed before the beacon came is told, in GTM's and in gtag's shape", async (shopper) => {
  await open(shopper, "", `<script>
    window.dataLayer = [{ page_type: "product" }, { event: "view_item", ecommerce: { currency: "EUR", value: 80, items: [{ item_id: "a", price: 80 }] } }];
    function gtag() { dataLayer.push(arguments); }
    gtag("js", new Date()); gtag("config", "G-1");
    gtag("event", "add_to_cart", { value: 80, items: [{ item_id: "a", price: 80, quantity: 2 }] });
    dataLayer.push({ event: "login", email: "somebody@example.fi" });
  </script>`);
  await shopper.sends("add_to_cart");
  const [view] = shopper.events("page_view");
  assert.equal(view.type, "product");
  assert.equal(view.title, "Test");
  assert.deepEqual(shopper.events("view_item")[0].items, [{ item_id: "a", price: 80 }]);
  assert.deepEqual(shopper.events("add_to_cart")[0].items, [{ item_id: "a", price: 80, quantity: 2 }]);
  const visitor = await shopper.visitor();
  await server.live.until((m) => m.visitor == visitor && m.name == "add_to_cart", "add_to_cart");
  assert.ok(!JSON.stringify(shopper.batches()).includes("somebody@"), "other pushes stay where they are");
});

onPage("commands may come before the script, and its word on consent goes before the tag's", async (shopper) => {
  await open(shopper, "", `<script>
    window.vinkki = function () { (vinkki.q = vinkki.q || []).push(arguments) };
    vinkki("track", "stamp_collected", { stamps: 3, deep: { no: 1 } });
    vinkki("consent", "cookieless");
  </script>`);
  const [stamp] = await shopper.sends("stamp_collected");
  assert.deepEqual(stamp, { event: "stamp_collected", stamps: 3 });
  assert.deepEqual([...new Set(shopper.batches().map((b) => b.m))], ["cookieless"]);
});

onPage("pasted twice, it runs once", async (shopper) => {
  await open(shopper, "", "", TAG + TAG);
  await shopper.sends("page_view");
  await shopper.page.evaluate(() => vinkki("track", "later"));
  await shopper.sends("later");
  assert.equal(shopper.events("page_view").length, 1);
});

onPage("a push that cannot be copied is no trouble of the shop's", async (shopper) => {
  await open(shopper, `<script>
    const items = [{ item_id: "sku-1" }];
    items[0].items = items;
    dataLayer = [{ event: "view_item", items }, { event: "search", search_term: "a" }];
  </script>`);
  await shopper.sends("search");
  const length = await shopper.page.evaluate(() => {
    const pushed = dataLayer.push(dataLayer[0]);
    dataLayer.push({ event: "search", search_term: "b" });
    return pushed;
  });
  assert.equal(length, 3);
  const [, second] = await shopper.sends("search", 2);
  assert.equal(second.search_term, "b");
  assert.equal(shopper.events("view_item").length, 0);
});

onPage("a single-page app: new routes are page views, other changes of the address are not", async (shopper) => {
  await open(shopper, "", '<meta name="vinkki-page-type" content="home">');
  await shopper.sends("page_view");
  await shopper.page.evaluate(() => {
    history.pushState({}, "", "?view=2");
    document.title = "Second";
    document.querySelector("meta[name=vinkki-page-type]").content = "product";
  });
  const [, second] = await shopper.sends("page_view", 2);
  assert.deepEqual([second.title, second.type], ["Second", "product"]);
  assert.match(second.url, /\?view=2$/);
  await shopper.page.evaluate(() => {
    history.replaceState({}, "", "?view=2&sort=price");
    history.pushState({}, "", "?view=2&sort=price");
    location.hash = "reviews";
  });
  await shopper.page.goBack();
  await shopper.page.goBack();
  await shopper.page.evaluate(() => history.go(-1));
  await until(() => shopper.events("page_view").at(-1).url.endsWith("of-the-test.html"), "the first route again");
});

onPage("long addresses, titles and referrers are cut to what the server takes", async (shopper) => {
  const long = "tarjous ".repeat(400);
  await shopper.page.addInitScript((text) => {
    Object.defineProperty(document, "referrer", { get: () => "https://search.example/?q=" + text });
  }, long);
  await open(shopper, `<script>
    document.title = "a" + "😀".repeat(900);
    history.replaceState({}, "", "?q=" + encodeURIComponent("ä".repeat(900)));
    dataLayer = [{ event: "search", search_term: "€".repeat(900) }];
  </script>`);
  await shopper.sends("search");
  const [view] = shopper.events("page_view");
  assert.equal(view.url.length, 2048);
  assert.equal(view.referrer, ("https://search.example/?q=" + long).slice(0, 2048));
  const visitor = await shopper.visitor();
  const taken = await server.live.until((m) => m.visitor == visitor && m.name == "page_view", "page_view");
  assert.deepEqual([taken.props.title, taken.props.url], ["a" + "😀".repeat(511), view.url]);
  const search = await server.live.until((m) => m.visitor == visitor && m.name == "search", "search");
  assert.equal(search.props.search_term, "€".repeat(682));
});

onPage("a title that ends with half a character does not cost the batch", async (shopper) => {
  await open(shopper, '<script>document.title = "Gro\\ud83d"</script>');
  const visitor = await shopper.visitor();
  const taken = await server.live.until((m) => m.visitor == visitor && m.name == "page_view", "page_view");
  assert.equal(taken.props.title, "Gro\ufffd");
});

onPage("a form sent once with three blank fields: an error for each field, and none for the form", async (shopper) => {
  await open(shopper, `
    <form id="native"><input name="name" required><input name="street" required><select name="country" required><option value=""></option></select><button id="send">Send</button></form>
    <form id="scripted" novalidate><p id="sum"></p><input name="mail"><input name="phone"><textarea name="note"></textarea><button type="button" id="check">Check</button></form>
    <script>
      check.onclick = () => {
        sum.setAttribute("role", "alert");
        sum.textContent = "Three fields need a look";
        scripted.querySelectorAll("input,textarea").forEach((el) => el.setAttribute("aria-invalid", "true"));
      };
    </script>`);
  const fieldsOf = (form) => shopper.events("form_error").filter((e) => e.form == form).map((e) => e.field);
  await shopper.page.click("#send");
  await until(() => fieldsOf("native").length >= 3, "three errors");
  assert.deepEqual(fieldsOf("native"), ["name", "street", "country"]);
  await shopper.page.click("#check");
  await until(() => fieldsOf("scripted").length >= 3, "three errors");
  await shopper.page.evaluate(() => vinkki("track", "afterwards"));
  await shopper.sends("afterwards");
  assert.deepEqual(fieldsOf("scripted"), ["mail", "phone", "note"]);
  assert.equal(shopper.events("form_error").length, 6);
});

onPage("form errors: the browser's own, aria-invalid, and alerts; each once", async (shopper) => {
  await open(shopper, `
    <form id="native"><input name="mail" type="email" required><button id="send">Send</button></form>
    <form id="scripted" novalidate><input name="zip" aria-describedby="zip-error"><p id="zip-error" role="alert"></p><button type="button" id="check">Check</button></form>
    <form id="summary" novalidate><input name="iban"><button type="button" id="try">Try</button><div id="place"></div></form>
    <div role="alert" id="elsewhere"></div>
    <script>
      check.onclick = () => { scripted.zip.setAttribute("aria-invalid", "true"); document.getElementById("zip-error").textContent = "Five digits"; };
      document.getElementById("try").onclick = () => { place.innerHTML = '<p role="alert">That did not work</p>'; elsewhere.textContent = "Offers!"; };
    </script>`);
  await shopper.page.click("#send");
  assert.deepEqual(await shopper.sends("form_error", 1), [{ event: "form_error", form: "native", field: "mail", kind: "valueMissing" }]);
  await shopper.page.fill("[name=mail]", "nobody");
  await until(async () => {
    await shopper.page.click("#send");
    return shopper.events("form_error").length == 2;
  }, "a second report, once it is no longer the same");
  assert.equal(shopper.events("form_error")[1].kind, "typeMismatch");
  await shopper.page.click("#check");
  assert.deepEqual((await shopper.sends("form_error", 3))[2], { event: "form_error", form: "scripted", field: "zip", kind: "page" });
  await shopper.page.click("#try");
  assert.deepEqual((await shopper.sends("form_error", 4))[3], { event: "form_error", form: "summary", field: "", kind: "page" });
  assert.ok(!JSON.stringify(shopper.batches()).includes("nobody"), "values never leave the page");
});

onPage("form errors that the server rendered are seen when the page comes", async (shopper) => {
  await open(shopper, '<form name="order"><ul role="alert"><li>Card refused</li></ul><input name="card" aria-invalid="true"></form>');
  assert.deepEqual(await shopper.sends("form_error"), [{ event: "form_error", form: "order", field: "card", kind: "page" }]);
});

onPage("form_field: time, visits and corrections of a field, never what was typed", async (shopper) => {
  await open(shopper, '<form name="order"><input name="phone"><input name="other"></form>');
  await shopper.page.focus("[name=phone]");
  await shopper.page.keyboard.type("12345");
  await shopper.page.keyboard.press("Backspace");
  await shopper.page.keyboard.press("Backspace");
  await shopper.page.keyboard.type("98");
  await shopper.page.focus("[name=other]");
  await shopper.page.focus("[name=phone]");
  await shopper.page.focus("[name=other]");
  const [first, other, second] = await shopper.sends("form_field", 3);
  assert.deepEqual([first.field, first.form, first.visits, first.deletions, first.corrections, first.blank], ["phone", "order", 1, 2, 1, false]);
  assert.ok(first.ms >= first.first);
  assert.deepEqual([other.field, other.blank, other.deletions], ["other", true, 0]);
  assert.deepEqual([second.field, second.visits], ["phone", 2]);
  assert.ok(!/12345|12398/.test(JSON.stringify(shopper.batches())));
});

onPage("rage clicks: on what does not answer, not on steppers or fields", async (shopper) => {
  await open(shopper, `<button id="pay">Pay</button><button class="step plus">+</button><button id="next">›</button><input id="field">
    <button id="quiet" data-vinkki-no-rage>Tap</button><button id="keyboard">Keys</button>`);
  await shopper.sends("page_view");
  for (const id of [".plus", "#next", "#field", "#quiet"]) await shopper.page.click(id, { clickCount: 1 }).then(async () => {
    await shopper.page.click(id);
    await shopper.page.click(id);
  });
  await shopper.page.focus("#keyboard");
  for (let i = 0; i < 4; i++) await shopper.page.keyboard.press("Enter");
  for (let i = 0; i < 3; i++) await shopper.page.click("#pay");
  assert.deepEqual(await shopper.sends("rage_click"), [{ event: "rage_click", target: "button#pay" }]);
});

onPage("exit intent: the mouse leaves through the top", async (shopper) => {
  await open(shopper, "<p>Something to read</p>");
  await shopper.sends("page_view");
  // The protocol has no mouse outside the window: the event that the browser would make.
  const leave = (clientY) =>
    shopper.page.evaluate((y) => document.documentElement.dispatchEvent(new MouseEvent("mouseleave", { clientX: 300, clientY: y })), clientY);
  await leave(400);
  await leave(-1);
  await leave(-1);
  await shopper.page.evaluate(() => vinkki("track", "after"));
  await shopper.sends("after");
  assert.deepEqual(shopper.events("exit_intent"), [{ event: "exit_intent", by: "mouse" }]);
});

onPage("signs of life: after each quiet, although most moves in between are not looked at", async (shopper) => {
  const { page } = shopper;
  await page.addInitScript(() => {
    const { now } = Date;
    window.ahead = 0;
    Date.now = () => now() + window.ahead;
  });
  await open(shopper, "<p>Something to read</p>");
  await shopper.sends("page_view");
  let x = 0;
  for (const count of [1, 2, 3]) {
    await page.evaluate(() => (window.ahead += 6000));
    await until(async () => {
      await page.mouse.move(++x, 100);
      return shopper.events("active").length >= count;
    }, "a sign of life");
    assert.equal(shopper.events("active").length, count);
  }
});

onPage("while the server is away the same batch comes again under its number", async (shopper) => {
  let refused = 0;
  await shopper.context.route("**/v1/e", (route) => (refused++ < 2 ? route.fulfill({ status: 503 }) : route.continue()));
  await open(shopper, "");
  await until(() => shopper.batches().length >= 3, "two retries");
  const [a, b, c] = shopper.batches();
  assert.deepEqual([b.n, b.b, c.n, c.b], [a.n, a.b, a.n, a.b]);
  assert.deepEqual(b.e.map((e) => e[0]), a.e.map((e) => e[0]));
  const visitor = await shopper.visitor();
  await server.live.until((m) => m.visitor == visitor && m.name == "page_view", "page_view");
  shopper.errors.splice(0, 2, ...shopper.errors.slice(0, 2).filter((e) => !/503/.test(e)));
});

onPage("what could not be sent goes on the next page, once", async (shopper) => {
  await open(shopper, "");
  await shopper.sends("page_view");
  await shopper.visitor();
  let away = true;
  await shopper.context.route("**/v1/e", (route) => (away ? route.abort() : route.continue()));
  await shopper.page.evaluate(() => vinkki("track", "made_offline"));
  await until(() => shopper.events("made_offline").length, "a first try");
  await shopper.page.goto(server.shop + "of-the-test.html?next");
  away = false;
  const visitor = await shopper.visitor();
  await server.live.until((m) => m.visitor == visitor && m.name == "made_offline", "made_offline");
  await server.live.until((m) => m.visitor == visitor && m.name == "page_view" && /next$/.test(m.props.url), "the next page");
  assert.equal(server.live.messages.filter((m) => m.visitor == visitor && m.name == "made_offline").length, 1);
  shopper.errors.length = 0; // the aborted requests
});

onPage("hidden and visible: the tab goes out of sight; leaving the page is not hiding it", async (shopper) => {
  await open(shopper, "<p>Read me</p>");
  await shopper.sends("page_view");
  const visitor = await shopper.visitor();
  await shopper.page.evaluate(() => {
    Object.defineProperty(document, "hidden", { get: () => window.away, configurable: true });
    window.away = true;
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  await server.live.until((m) => m.visitor == visitor && m.name == "hidden", "hidden");
  await shopper.page.evaluate(() => {
    window.away = false;
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  });
  await shopper.sends("visible");
  await shopper.page.goto(server.shop + "of-the-test.html?next");
  await server.live.until((m) => m.visitor == visitor && m.name == "page_view" && /next$/.test(m.props.url), "the next page");
  assert.equal(server.live.messages.filter((m) => m.visitor == visitor && m.name == "hidden").length, 1);
});

test("the back/forward cache is kept, and coming back is a page view", async () => {
  const keeping = await openBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  try {
    const shopper = await newShopper(keeping);
    const { page } = shopper;
    await page.goto(server.shop);
    await shopper.sends("page_view");
    await shopper.visitor();
    await page.evaluate(() => {
      window.untouched = true;
    });
    await page.click("text=Autumn layers");
    await shopper.sends("page_view", 2);
    await page.evaluate(() => history.back());
    assert.equal((await shopper.sends("page_view", 3))[2].type, "home");
    assert.equal(await page.evaluate(() => window.untouched), true, "the page came back as it was left");
  } finally {
    await keeping.close();
  }
});
