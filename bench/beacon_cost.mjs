// What the beacon costs a page's main thread, in a real Chromium: a page of 300 cards, first until it
// is idle, then 40 clicks, 40 moves, 10 wheel turns and 40 keys. Each is measured in turn with the
// beacon, with an empty script in its place, and without any; the metrics are Chromium's own CPU times
// (ScriptDuration and TaskDuration of Performance.getMetrics), so that other programs on the machine
// disturb little, and the lowest of ROUNDS counts. What is printed is that times four, for a phone
// four times slower.
//
//   bench/beacon_cost.sh BUILD_DIR [ROUNDS [throttled]]
//
// throttled: by Chromium itself instead (Emulation.setCPUThrottlingRate). It spins on the main thread
// for three times as long as it has seen pass on the wall's clock, and the spinning counts as the
// script's: whatever else keeps the thread from running is counted four times over. Only for a machine that
// does nothing else, or under a real-time priority.
//
// Budget (beacon/README.md): at most 45 ms of script until idle and 40 ms for the interaction. Exit
// status 1 beyond, or when the page's layout shifts because of it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../tests/e2e/server.mjs";
import { openBrowser } from "../tests/e2e/shopper.mjs";

const [build, rounds = "7", throttled] = process.argv.slice(2);
const BUDGET = { start: 45, input: 40 };
const RATE = 4; // how much slower the phone is
const SLOWER = throttled ? 1 : RATE;
const tag = (src) => `<script async src="${src}" data-site="demo" data-consent="full"></script>`;
const VARIANTS = { beacon: tag("/v1/vinkki.js"), empty: tag("/demo/empty-of-the-bench.js"), none: "" };

const card = (_, i) =>
  `<article class="card" id="c${i}"><img alt="" width="160" height="120"><h2><a href="#p${i}">Kettle ${i}</a></h2>` +
  `<p>Enamel, 1.5 litres, for gas and fire</p><span>${20 + (i % 60)} €</span><button type="button">Add</button></article>`;
const html = (tag) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Kettles</title>${tag}
<style>.card{display:inline-block;width:180px;padding:8px}</style></head><body><form><input name="q"></form>
${Array.from({ length: 300 }, card).join("")}
<script>dataLayer=[{event:"view_item_list",ecommerce:{items:[{item_id:"a",price:20},{item_id:"b",price:21}]}}]</script></body></html>`;

const metricsOf = async (devtools) => {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value * 1000]));
};
const less = (a, b) => ({
  script: SLOWER * (a.ScriptDuration - b.ScriptDuration),
  task: SLOWER * (a.TaskDuration - b.TaskDuration),
});

const interact = async (page) => {
  const { mouse, keyboard } = page;
  for (let i = 0; i < 40; i++) await mouse.move(100 + i * 15, 150 + (i % 7) * 40);
  for (let i = 0; i < 40; i++) await mouse.click(90 + (i % 6) * 190, 180 + (i % 3) * 60);
  for (let i = 0; i < 10; i++) await mouse.wheel(0, 120);
  await page.focus("[name=q]");
  await keyboard.type("kettle for the sauna, enamel, 1.5 litres");
};

const measure = async (browser, shop, tag) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.route("**/demo/of-the-bench*", (route) => route.fulfill({ contentType: "text/html", body: html(tag) }));
  await page.route("**/demo/empty*", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  if (throttled) await devtools.send("Emulation.setCPUThrottlingRate", { rate: RATE });
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((e) => (window.shift += e.value))).observe({ type: "layout-shift", buffered: true });
  });
  const before = await metricsOf(devtools);
  await page.goto(shop + "of-the-bench.html");
  await page.waitForTimeout(1500); // page view, first answer, stream
  const idle = await metricsOf(devtools);
  await interact(page);
  await page.waitForTimeout(4500); // the batch that waits longest
  const after = await metricsOf(devtools);
  const shift = await page.evaluate(() => window.shift);
  await context.close();
  return { start: less(idle, before), input: less(after, idle), shift };
};

const lowest = (runs, part, what) => Math.min(...runs.map((run) => run[part][what]));

// Rules that never make an offer: the dialog is not what is measured.
const rules = mkdtempSync(join(tmpdir(), "vinkki-bench-"));
writeFileSync(join(rules, "none.yml"), `version: 1
rules:
  - { name: none, when: page.type == "never", offer: { channels: [chat], queue: q, message: { en: x } } }
`);
const server = await startServer(build, `version: 1\nrules: ${rules}\n`);
const browser = await openBrowser();
const found = {};
try {
  for (let i = 0; i < +rounds; i++) {
    for (const [name, tag] of Object.entries(VARIANTS)) (found[name] ??= []).push(await measure(browser, server.shop, tag));
  }
} finally {
  await browser.close();
  await server.stop();
  rmSync(rules, { recursive: true });
}
let fits = true;
for (const part of ["start", "input"]) {
  for (const what of ["script", "task"]) {
    const [own, empty, bare] = Object.keys(VARIANTS).map((name) => lowest(found[name], part, what));
    const over = what == "script" && own - bare > BUDGET[part];
    fits &&= !over;
    console.log(`${part} ${what}: ${own.toFixed(1)} ms with, ${empty.toFixed(1)} with an empty script, ${bare.toFixed(1)} without: ` +
      (own - bare).toFixed(1) + " ms" + (what == "script" ? ` of ${BUDGET[part]}${over ? ": TOO MUCH" : ""}` : ""));
  }
}
const [shift, , bareShift] = Object.keys(VARIANTS).map((name) => Math.max(...found[name].map((run) => run.shift)));
console.log(`layout shift because of it: ${(shift - bareShift).toFixed(4)}`);
process.exit(fits && shift <= bareShift ? 0 : 1);
