// What every page of the shop shares: its cart, its dataLayer, its frame (header and footer), the
// privacy switch. The pages themselves are in pages.js; the chat panel is in chat.js.

import { find, item, money } from "./catalog.js";

export const html = (strings, ...values) =>
  strings.reduce((out, text, i) => out + text + (values[i] === undefined || values[i] === false ? "" : [].concat(values[i]).join("")), "");

export const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

export const param = (name) => new URLSearchParams(location.search).get(name) || "";

// Analytics, as a shop has it ------------------------------------------------------------------

window.dataLayer = window.dataLayer || [];
window.vinkki =
  window.vinkki ||
  function () {
    (window.vinkki.q = window.vinkki.q || []).push(arguments);
  };

export const pageType = (type) => window.dataLayer.push({ page_type: type });

/** A GA4 e-commerce event, the way Google's documentation writes it for Tag Manager. */
export const track = (event, ecommerce) => {
  window.dataLayer.push({ ecommerce: null });
  window.dataLayer.push({ event, ecommerce });
};

// The cart, in the shop's own storage ------------------------------------------------------------

const CART = "tuohi-cart";

const stored = (key, otherwise) => {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
};

/** Lines of {id, colour, size, quantity}. */
export const cart = {
  lines: () => stored(CART, []).filter((line) => find(line.id)),
  save(lines) {
    localStorage.setItem(CART, JSON.stringify(lines));
    showCount();
  },
  items: () => cart.lines().map((line) => item(find(line.id), line)),
  value: () => cart.lines().reduce((sum, line) => sum + find(line.id).price * line.quantity, 0),
  count: () => cart.lines().reduce((sum, line) => sum + line.quantity, 0),
  summary: () => ({ currency: "EUR", value: cart.value(), items: cart.items() }),
  /** Adds (or with a negative quantity takes off) and tells the dataLayer. */
  change(line, quantity) {
    const lines = cart.lines();
    const same = lines.find((l) => l.id == line.id && l.colour == line.colour && l.size == line.size);
    if (same) same.quantity += quantity;
    else lines.push({ ...line, quantity });
    cart.save(lines.filter((l) => l.quantity > 0));
    const moved = item(find(line.id), { ...line, quantity: Math.abs(quantity) });
    track(quantity > 0 ? "add_to_cart" : "remove_from_cart", {
      currency: "EUR",
      value: moved.price * moved.quantity,
      items: [moved],
    });
  },
};

export const FREE_DELIVERY = 120;
export const DELIVERIES = {
  pickup: { name: "Parcel locker", line: "2–3 days, the locker nearest to you", price: 4.9 },
  home: { name: "Home delivery", line: "1–2 days, between 17 and 21", price: 9.9 },
  shop: { name: "Our shop in Helsinki", line: "Today, Iso Roobertinkatu 14", price: 0 },
};
export const deliveryPrice = (key) => (cart.value() >= FREE_DELIVERY ? 0 : DELIVERIES[key].price);

const showCount = () => {
  const count = cart.count();
  $$(".cart-count").forEach((el) => {
    el.textContent = count || "";
    el.hidden = !count;
  });
};

// Privacy ----------------------------------------------------------------------------------------

const CONSENT = "tuohi-privacy";
const CHOICES = { full: "Full", cookieless: "Cookieless", off: "Off" };
const chosen = () => stored(CONSENT, "full");

// Said before the beacon has loaded, so that it never does more than was chosen.
if (chosen() != "full") window.vinkki("consent", chosen());

const privacy = () => html`<fieldset class="privacy">
  <legend>Help and measurement</legend>
  ${Object.entries(CHOICES).map(
    ([value, name]) => html`<label><input type="radio" name="privacy" value="${value}"${chosen() == value && " checked"} /><span>${name}</span></label>`
  )}
  <p>Full remembers your visits in a cookie, cookieless forgets you with each page, off tells us nothing.</p>
</fieldset>`;

// The frame --------------------------------------------------------------------------------------

const ICONS = {
  search: '<path d="M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm5 11.5L21 21"/>',
  bag: '<path d="M5 8h14l1 13H4L5 8Zm3.5 3V7a3.5 3.5 0 0 1 7 0v4"/>',
  help: '<path d="M4 5h16v11H10l-5 4v-4H4V5Z"/>',
  check: '<path d="m4 12.5 5 5L20 6.5"/>',
  truck: '<path d="M2 6h12v10H2V6Zm12 4h4l4 4v2h-8v-6ZM6 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm11 0a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z"/>',
  back: '<path d="M4 9h11a5 5 0 0 1 0 10H8M8 5 4 9l4 4"/>',
  mend: '<path d="M14 6a4 4 0 0 0-5 5l-6 6 3 3 6-6a4 4 0 0 0 5-5l-3 2-2-2 2-3Z"/>',
  close: '<path d="M5 5l14 14M19 5 5 19"/>',
  minus: '<path d="M5 12h14"/>',
  plus: '<path d="M5 12h14M12 5v14"/>',
  send: '<path d="M4 12 20 4l-5 16-3-7-8-1Z"/>',
};
export const icon = (name) => `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${ICONS[name]}</svg>`;

const LINKS = [
  ["clothing", "Clothing"],
  ["shelter", "Tents & sleep"],
  ["kitchen", "Camp kitchen"],
  ["cabin", "Cabin & sauna"],
];

const header = () => html`
  <p class="notice">Free delivery over ${money(FREE_DELIVERY).replace(".00", "")} · 60 days to change your mind</p>
  <div class="bar">
    <a class="brand" href="./" aria-label="Tuohi, front page">${mark()}<span>Tuohi</span></a>
    <nav aria-label="Categories">${LINKS.map(
      ([id, name]) => html`<a href="category.html?c=${id}"${param("c") == id && ' aria-current="page"'}>${name}</a>`
    )}</nav>
    <form class="find" action="search.html" role="search">
      <label class="sr" for="q">Search the shop</label>
      <input id="q" name="q" type="search" placeholder="Search" autocomplete="off" value="${escape(param("q"))}" />
      <button aria-label="Search">${icon("search")}</button>
    </form>
    <a class="to-cart" href="cart.html" aria-label="Cart">${icon("bag")}<span class="cart-count" hidden></span></a>
  </div>`;

const mark = () =>
  '<svg viewBox="0 0 40 40" aria-hidden="true"><path d="M20 3 31 20h-5l8 12H22v5h-4v-5H6l8-12H9L20 3Z"/></svg>';

const footer = () => html`<div class="wide">
    <div><p class="brand">${mark()}<span>Tuohi</span></p>
      <p>Outdoor and cabin goods, chosen and mended in Finland since 1987.</p></div>
    <div><h2>Help</h2><ul><li>Delivery and returns</li><li>Repairs</li><li>Size guide</li><li>help@tuohi.example</li></ul></div>
    <div><h2>The shop</h2><ul><li>Iso Roobertinkatu 14, Helsinki</li><li>Mon–Fri 10–19, Sat 10–17</li></ul></div>
    ${privacy()}
  </div>
  <p class="wide small">A demonstration shop: nothing is sold, and nothing that you type is sent anywhere.</p>`;

/** Draws header and footer, and brings the privacy switch to life. */
export const frame = () => {
  $("body > header").innerHTML = header();
  $("body > footer").innerHTML = footer();
  showCount();
  $(".privacy").addEventListener("change", ({ target }) => {
    localStorage.setItem(CONSENT, JSON.stringify(target.value));
    window.vinkki("consent", target.value);
  });
};

/** A short message at the edge of the page. */
export const toast = (markup) => {
  $(".toast")?.remove();
  const el = document.createElement("div");
  el.className = "toast";
  el.setAttribute("role", "status");
  el.innerHTML = markup;
  document.body.append(el);
  setTimeout(() => el.remove(), 5000);
};
