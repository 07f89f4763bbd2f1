// A shopper: a fresh browser profile with one page, and hands for the offer dialog.
//
// The dialog lives in a closed shadow root, which scripts cannot see into, so it is found through
// the DevTools protocol and used with the real mouse and keyboard.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const SHOTS = join(dirname(fileURLToPath(import.meta.url)), "shots");

/** args: more of the browser's own flags; options: Playwright's. */
export const openBrowser = ({ args = [], ...options } = {}) =>
  chromium.launch({
    ...options,
    executablePath: process.env.VINKKI_CHROMIUM || "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync", ...args,
    ],
  });

export const DESKTOP = { viewport: { width: 1280, height: 800 } };
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** Calls look() until it gives something, as often as the page is drawn. */
export const until = async (look, what, ms = 15000) => {
  const end = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((next) => setTimeout(next, 50));
  }
};

const walk = (node, name) => {
  if (node.localName == name) return node;
  for (const child of [...(node.children || []), ...(node.shadowRoots || [])]) {
    const found = walk(child, name);
    if (found) return found;
  }
};

/** The offer dialog of a page. */
const dialogOf = (page, devtools) => {
  const root = async () => {
    const { root: document } = await devtools.send("DOM.getDocument", { depth: -1, pierce: true });
    return walk(document, "vinkki-offer")?.shadowRoots?.[0];
  };
  const query = async (selector) => {
    const shadow = await root();
    if (!shadow) return;
    const { nodeIds } = await devtools.send("DOM.querySelectorAll", { nodeId: shadow.nodeId, selector });
    return nodeIds;
  };
  const call = async (nodeId, fn) => {
    const { object } = await devtools.send("DOM.resolveNode", { nodeId });
    const { result } = await devtools.send("Runtime.callFunctionOn", {
      objectId: object.objectId, functionDeclaration: fn.toString(), returnByValue: true,
    });
    return result.value;
  };
  const one = async (selector) => (await query(selector))?.[0];

  return {
    query, call, one,
    shown: async () => (await query("[role=dialog]"))?.length > 0,
    appears: (ms) => until(async () => (await query("[role=dialog]"))?.length > 0, "the offer dialog", ms),
    goes: () => until(async () => !(await root()), "the offer dialog to go"),
    text: async () => call(await one("p"), function () { return this.textContent; }),
    buttons: async () =>
      Promise.all((await query("button")).map((id) => call(id, function () { return this.getAttribute("aria-label") || this.textContent; }))),
    /** It has faded in. */
    settles: () =>
      until(async () => call(await one("[role=dialog]"), function () { return getComputedStyle(this).opacity == 1; }), "the dialog to come in"),
    /** The rectangle of an element, once it has stopped moving. */
    async box(selector) {
      const at = async () => call(await one(selector), function () { const { x, y, width, height } = this.getBoundingClientRect(); return { x, y, width, height }; });
      let last;
      return until(async () => {
        const now = await at();
        const still = last && last.y == now.y;
        last = now;
        return still && now;
      }, `${selector} to come to rest`);
    },
    async press(name) {
      const names = await this.buttons();
      const index = names.indexOf(name);
      if (index < 0) throw new Error(`no button '${name}' among ${names}`);
      await this.box("button");
      const id = (await query("button"))[index];
      const { x, y } = await call(id, function () { const r = this.getBoundingClientRect(); return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; });
      await page.mouse.click(x, y);
    },
    /** What assistive technology is told of the dialog. */
    async accessible() {
      const { nodes } = await devtools.send("Accessibility.getPartialAXTree", { nodeId: await one("[role=dialog]"), fetchRelatives: false });
      return { role: nodes[0].role.value, name: nodes[0].name.value, properties: Object.fromEntries((nodes[0].properties || []).map((p) => [p.name, p.value.value])) };
    },
  };
};

/** A new shopper in a profile of their own: {page, context, dialog, sent, errors, shot(name), close()}. */
export const newShopper = async (browser, options = DESKTOP) => {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send("DOM.enable");
  const errors = [];
  const requests = []; // to the server's /v1/, the script itself aside
  page.on("pageerror", (e) => errors.push(e.message));
  page.on("console", (m) => {
    if (m.type() == "error") errors.push(`${m.text()} (${m.location().url})`);
  });
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (/^\/v1\/(?!vinkki\.js|offer\.)/.test(pathname)) requests.push(request);
  });
  const batches = () => requests.filter((r) => r.url().endsWith("/v1/e")).map((r) => JSON.parse(r.postData()));
  const events = (name) => batches().flatMap((batch) => batch.e).filter((e) => !name || e[0] == name).map(([event, , props]) => ({ event, ...props }));
  const dialog = dialogOf(page, devtools);
  return {
    page, context, devtools, errors, requests, batches, events, dialog,
    /** Waits for an event to have been sent by the page. */
    sends: (name, count = 1) => until(() => events(name).length >= count && events(name), `${name} to be sent`),
    /** The visitor's id in full mode, as the server knows it. */
    visitor: () => until(async () => (await context.cookies()).find((c) => c.name == "vinkki_id")?.value, "the visitor's cookie"),
    async shot(name) {
      mkdirSync(SHOTS, { recursive: true });
      if (await dialog.shown()) await dialog.settles();
      await page.screenshot({ path: join(SHOTS, `${name}.png`) });
    },
    close: () => context.close(),
  };
};
