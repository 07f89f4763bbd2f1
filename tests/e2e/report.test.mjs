// The page that `vinkki replay --html` writes, in a real browser: on a desk and on a phone, with
// rules and visitors whose names would like to be part of it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./shopper.mjs";

const HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>";
const rule = (name, when, more = "") =>
  `  - name: "${name}"\n    when: ${when}\n${more}    offer: { channels: [chat], queue: '${HOSTILE}', message: { en: Hi } }\n`;
// Longer than a phone is wide, and nothing to break it at.
const LONG = "customer_compares_four_different_products_and_leaves_without_a_cart";
// An id as long as one may be; it turns the direction of writing where a page lets it.
const ID = "\u202e6ba7b810-9dad-11d1-80b4-00c04fd430c8".padEnd(120, "x");
const NEW = `version: 1\nrules:\n${rule("three", "count(form_error, 2m) >= 3")}${rule(HOSTILE, 'event.name == "search"')}${rule(LONG, "count(click, 2m) >= 1")}`;
const OLD = `version: 1\nrules:\n${rule("three", "count(form_error, 2m) >= 3", "    for: 5s\n")}`;

let browser;
let folder;
let page; // its address

const events = () => {
  const lines = [];
  for (let visitor = 0; visitor < 200; ++visitor) {
    const start = 1_704_110_400_000 + visitor * 3_100_000;
    const names = ["page_view", "form_error", "form_error", "form_error", "search", "click", "purchase"];
    names.slice(0, 4 + (visitor % 4)).forEach((name, i) => lines.push({
      site: "shop", visitor: `v-${visitor}${visitor % 2 ? HOSTILE : ID}`, at: start + i * 9_000, name, props: { field: HOSTILE },
    }));
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "vinkki-report-"));
  writeFileSync(join(folder, "new.yml"), NEW.replace(`queue: '${HOSTILE}'`, `queue: ${LONG}`));
  writeFileSync(join(folder, "old.yml"), OLD);
  writeFileSync(join(folder, "events.ndjson"), events());
  const html = join(folder, "report.html");
  execFileSync(join(process.env.VINKKI_BUILD, "vinkki"), ["replay", "--rules", join(folder, "new.yml"),
    "--against", join(folder, "old.yml"), "--events", join(folder, "events.ndjson"), "--html", html],
  { stdio: ["ignore", "ignore", "pipe"] });
  page = pathToFileURL(html).href;
  browser = await openBrowser();
  mkdirSync("shots", { recursive: true });
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

// Texts whose colour stands out too little from what is behind them (WCAG 2: 4.5, large ones 3).
const faint = (tab) => tab.evaluate(() => {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => numbers(color).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (part) => {
    const color = part ? getComputedStyle(part).backgroundColor : "rgb(255, 255, 255)";
    return numbers(color)[3] === 0 ? behind(part.parentElement) : color;
  };
  return [...document.querySelectorAll("main *")].flatMap((part) => {
    if (![...part.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || part.closest("svg")) return [];
    const style = getComputedStyle(part);
    const [a, b] = [light(style.color), light(behind(part))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    return contrast >= (parseFloat(style.fontSize) >= 24 ? 3 : 4.5) ? []
      : [`${contrast.toFixed(2)} ${part.tagName} ${part.className} ${part.textContent.slice(0, 30)}`];
  });
});

for (const [name, width, colorScheme] of [["desk", 1280, "light"], ["desk at night", 1280, "dark"],
  ["tablet", 768, "light"], ["phone by day", 390, "light"], ["phone", 360, "dark"]]) {
  test(`the report on a ${name}`, async () => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const tab = await context.newPage();
    const wrong = [];
    const asked = [];
    tab.on("pageerror", (error) => wrong.push(String(error)));
    tab.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    tab.on("dialog", (dialog) => { wrong.push("a dialog"); dialog.dismiss(); });
    tab.on("request", (request) => asked.push(request.url()));
    await tab.goto(page);
    for (const details of await tab.locator("details > summary").all()) await details.click();
    await tab.screenshot({ path: `shots/report-${name.replaceAll(" ", "-")}.png`, fullPage: true });
    assert.deepEqual(wrong, []);
    assert.deepEqual(asked, [page], "the page fetched something");
    assert.equal(await tab.locator("img").count(), 0);
    const beyond = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(beyond <= 0, `${beyond} pixels beyond the ${name}'s width`);
    const cut = await tab.evaluate(() => [...document.querySelectorAll(".scroll, table.list, table.list td, dd, .example")]
      .filter((part) => part.scrollWidth > part.clientWidth + 1 ||
        part.getBoundingClientRect().right > part.closest(".panel, details").getBoundingClientRect().right)
      .map((part) => `${part.tagName} ${part.textContent.slice(0, 40)}`));
    assert.deepEqual(cut, [], `wider than its panel on a ${name}`);
    assert.ok((await tab.locator("table.sorts").last().textContent()).includes(HOSTILE));
    assert.ok((await tab.locator(".example").allTextContents()).some((text) => text.includes(ID.slice(1))));
    assert.ok(!(await tab.content()).includes("\u202e"));
    assert.deepEqual([...new Set(await faint(tab))], [], `hard to read on a ${name}`);
    await context.close();
  });
}

test("the cards of a phone sort too", async () => {
  const tab = await browser.newPage({ viewport: { width: 360, height: 900 } });
  await tab.goto(page);
  const table = tab.locator("table.cards.sorts").last();
  const tops = () => table.locator("tbody tr").evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().top));
  const offers = () => table.locator("tbody td[data-name=Offers]").evaluateAll((cells) => cells.map((c) => Number(c.dataset.v)));
  assert.ok((await tops()).every((top, i, all) => i === 0 || top > all[i - 1]), "one card below the other");
  for (const order of [(a, b) => b - a, (a, b) => a - b]) {
    await table.getByRole("button", { name: "Offers" }).click();
    const sorted = await offers();
    assert.ok(new Set(sorted).size > 1);
    assert.deepEqual(sorted, [...sorted].sort(order));
  }
  assert.ok(!(await table.locator("th", { hasText: "Over time" }).isVisible()), "what does not sort");
  await tab.close();
});

test("tables sort, bars say what they are", async () => {
  const tab = await browser.newPage();
  await tab.goto(page);
  const table = tab.locator("table.sorts").last();
  const offers = () => table.locator("tbody td[data-name=Offers]").evaluateAll((cells) => cells.map((c) => Number(c.dataset.v)));
  await table.locator("th button", { hasText: "Offers" }).click();
  const down = await offers();
  assert.ok(down.length === 3 && down[0] > down[1] && down[1] >= down[2], String(down));
  await table.locator("th button", { hasText: "Offers" }).click();
  assert.deepEqual(await offers(), down.reverse());
  await tab.locator("svg.offer g").first().hover();
  assert.match(await tab.locator("#tip").textContent(), /^Mon 2024-01-01 .*: \d+ offers$/);
  await tab.close();
});
