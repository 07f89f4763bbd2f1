// A shop at its own address and Vinkki at another one of the same site, as shops really have it:
// CORS with the cookie, and who is not let in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startServer } from "./server.mjs";
import { newShopper, openBrowser, until } from "./shopper.mjs";

const SHOP = "http://www.shop.test";
const CONFIG = `version: 1
sites:
  - key: shop
    origins: [${SHOP}]
`;

let server;
let browser;
let vinkki; // the address that the page's script comes from

before(async () => {
  server = await startServer(process.env.VINKKI_BUILD, CONFIG);
  browser = await openBrowser({
    // Chromium keeps pages of other addresses away from this machine's own.
    args: ["--host-resolver-rules=MAP *.test 127.0.0.1", "--disable-features=LocalNetworkAccessChecks"],
  });
  vinkki = `http://vinkki.shop.test:${new URL(server.shop).port}`;
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A shopper on pages of this origin, which are written here. */
const visit = (name, origin, consent, run) =>
  test(name, async () => {
    const shopper = await newShopper(browser);
    const answers = [];
    shopper.page.on("response", (r) => answers.push([new URL(r.url()).pathname, r.status()]));
    const body = `<!doctype html><title>Shop</title><script async src="${vinkki}/v1/vinkki.js" data-site="shop" data-consent="${consent}"></script>`;
    await shopper.context.route(origin + "/**", (route) => route.fulfill({ contentType: "text/html", body }));
    try {
      await shopper.page.goto(origin + "/");
      await run(shopper, answers);
    } finally {
      await shopper.close();
    }
  });

const answered = (answers, path) => until(() => answers.find(([p]) => p == path), path + " to be answered").then((found) => found[1]);

visit("full: the cookie is the site's, the visitor is one, the stream is open", SHOP, "full", async (shopper, answers) => {
  assert.equal(await answered(answers, "/v1/e"), 204);
  const visitor = await shopper.visitor();
  const [cookie] = await shopper.context.cookies();
  assert.equal(cookie.domain, "vinkki.shop.test");
  assert.equal(await answered(answers, "/v1/offers"), 200);
  await shopper.page.goto(SHOP + "/second");
  await server.live.until((m) => m.visitor == visitor && m.name == "page_view" && m.props.url == SHOP + "/second", "the second page");
  await shopper.page.evaluate(() => vinkki("show", { id: "t", rule: "r", offer: { channel: "chat", message: { en: "Hello?" } } }));
  await shopper.dialog.appears();
  await server.live.until((m) => m.visitor == visitor && m.name == "offer_shown", "offer_shown");
  assert.deepEqual(shopper.errors, []);
});

visit("cookieless: no cookie, and the stream all the same", SHOP, "cookieless", async (shopper, answers) => {
  assert.equal(await answered(answers, "/v1/e"), 204);
  assert.equal(await answered(answers, "/v1/offers"), 200);
  assert.deepEqual(await shopper.context.cookies(), []);
  assert.deepEqual(shopper.errors, []);
});

visit("another origin gets nothing in", "http://www.other.test", "full", async (shopper) => {
  await until(() => shopper.errors.length, "the browser's complaint");
  assert.deepEqual(await shopper.context.cookies(), []);
  assert.deepEqual(server.live.messages.filter((m) => /other\.test/.test(JSON.stringify(m))), []);
});
