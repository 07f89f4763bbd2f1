// The shop's pages: each draws itself into <main> and tells the dataLayer what it shows.
//
// Entry point: every page is index.html; its path names the function below that runs.

import { CATEGORIES, PRODUCTS, find, item, money, search } from "./catalog.js";
import { chat } from "./chat.js";
import { checkout } from "./checkout.js";
import { landscape, picture } from "./pictures.js";
import { $, $$, FREE_DELIVERY, cart, escape, frame, html, icon, pageType, param, toast, track } from "./shop.js";

const main = $("main");

const art = (p, colour = Object.keys(p.colours)[0]) =>
  `<div class="art ${p.tone}">${picture(p.drawing, p.colours[colour], escape(`${p.name}, ${colour}`))}</div>`;

const stars = (p) =>
  html`<span class="stars" role="img" aria-label="${p.rating} of 5, ${p.reviews} reviews"><b aria-hidden="true">★</b> ${p.rating} <i>(${p.reviews})</i></span>`;

const card = (p) => html`<li class="card" data-id="${p.id}">
  <a href="product.html?id=${p.id}">
    ${art(p)}
    ${p.badge && html`<span class="badge">${p.badge}</span>`}
    <h3>${p.name}</h3>
    <p>${p.line}</p>
    <div class="row"><strong>${money(p.price)}</strong>${stars(p)}</div>
  </a></li>`;

/** Shows products and tells of it: view_item_list, and select_item when one is followed. */
const list = (products, id, name) => {
  const items = products.map((p, index) => item(p, { index }));
  if (items.length) track("view_item_list", { item_list_id: id, item_list_name: name, items });
  return html`<ul class="cards" data-list="${id}" data-name="${name}">${products.map(card)}</ul>`;
};

main.addEventListener("click", ({ target }) => {
  const chosen = target.closest(".card");
  if (!chosen) return;
  const { list: id, name } = chosen.parentElement.dataset;
  track("select_item", { item_list_id: id, item_list_name: name, items: [item(find(chosen.dataset.id))] });
});

const home = () => {
  pageType("home");
  const best = PRODUCTS.filter((p) => p.badge).slice(0, 4);
  main.innerHTML = html`<section class="hero">${landscape()}
      <div class="wide"><h1>Made for weather<br />that means it.</h1>
      <p>Wool, canvas, birch and steel for the trail, the cabin and the sauna in between.</p>
      <a class="button light" href="category.html?c=clothing">Autumn layers</a>
      <a class="button ghost" href="category.html?c=shelter">Tents & sleep</a></div></section>
    <section class="wide"><ul class="tiles">${Object.entries(CATEGORIES).map(
      ([id, c]) => html`<li><a class="${c.tone}" href="category.html?c=${id}">${picture(...c.picture)}<h2>${c.name}</h2><p>${c.line}</p></a></li>`
    )}</ul></section>
    <section class="wide"><header class="head"><h2>What leaves the shop fastest</h2><a href="category.html">All products</a></header>
      ${list(best, "bestsellers", "Bestsellers")}</section>
    <section class="promise"><ul class="wide">
      <li>${icon("mend")}<h3>Mended for life</h3><p>Send it in, worn as it is. We sew, rivet and re-wax.</p></li>
      <li>${icon("back")}<h3>60 days</h3><p>Sleep in it, cook on it, then decide. Returns are free.</p></li>
      <li>${icon("truck")}<h3>With you in two days</h3><p>From our store in Lahti, by train where there is one.</p></li></ul></section>`;
};

const ORDERS = {
  popular: ["Most popular", (a, b) => b.reviews - a.reviews],
  low: ["Price, low to high", (a, b) => a.price - b.price],
  high: ["Price, high to low", (a, b) => b.price - a.price],
};

const category = () => {
  pageType("category");
  const id = param("c");
  const c = CATEGORIES[id] || { name: "All products", line: "Everything on the shelves" };
  const order = ORDERS[param("order")] ? param("order") : "popular";
  const products = PRODUCTS.filter((p) => !CATEGORIES[id] || p.category == id).sort(ORDERS[order][1]);
  document.title = `${c.name} – Tuohi`;
  main.innerHTML = html`<div class="wide">
    <nav class="crumbs" aria-label="You are here"><a href="./">Front page</a> / ${c.name}</nav>
    <header class="head"><div><h1>${c.name}</h1><p>${c.line}</p></div>
      <form class="sort"><input type="hidden" name="c" value="${escape(id)}" /><label for="order">${products.length} products</label>
      <select id="order" name="order">${Object.entries(ORDERS).map(([key, [name]]) => html`<option value="${key}"${key == order && " selected"}>${name}</option>`)}</select></form></header>
    ${list(products, id || "all", c.name)}</div>`;
  $("#order").addEventListener("change", ({ target }) => target.form.submit());
};

const variants = (p) => html`
  <fieldset class="colours"><legend>Colour: <b></b></legend>${Object.entries(p.colours).map(
    ([name, { a }], i) => html`<label title="${name}"><input type="radio" name="colour" value="${name}"${!i && " checked"} /><svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="9" fill="${a}"/></svg><span class="sr">${name}</span></label>`
  )}</fieldset>
  ${p.sizes.length > 0 && html`<fieldset class="sizes"><legend>Size: <b></b></legend>${p.sizes.map(
    (size) => html`<label><input type="radio" name="size" value="${size}"${size == "M" && " checked"} /><span>${size}</span></label>`
  )}</fieldset>`}`;

const product = () => {
  pageType("product");
  const p = find(param("id"));
  if (!p) return missing();
  document.title = `${p.name} – Tuohi`;
  main.innerHTML = html`<div class="wide">
    <nav class="crumbs" aria-label="You are here"><a href="./">Front page</a> / <a href="category.html?c=${p.category}">${CATEGORIES[p.category].name}</a> / ${p.name}</nav>
    <article class="product"><div class="gallery">${art(p)}</div>
      <form class="buy"><h1>${p.name}</h1><p class="line">${p.line}</p>
        <div class="row"><strong class="price">${money(p.price)}</strong>${stars(p)}</div>
        ${variants(p)}
        <button class="button wide-button">${icon("bag")} Add to cart</button>
        <ul class="assure"><li>${icon("check")} In stock, leaves Lahti today</li><li>${icon("truck")} ${p.price >= FREE_DELIVERY ? "Free delivery" : `Free delivery over ${money(FREE_DELIVERY).replace(".00", "")}`}</li><li>${icon("back")} 60 days to return, free</li></ul>
        <p class="text">${p.text}</p>
        <details open><summary>Details</summary><ul>${p.facts.map((fact) => `<li>${fact}</li>`)}</ul></details>
        <details><summary>Delivery and returns</summary><p>Parcel locker €4.90, home delivery €9.90, free over €120. Send it back within 60 days, worn or not; the label is in the box.</p></details>
        <details><summary>Care and repair</summary><p>Everything we sell can be mended, and we do it: bring it to the shop or post it to us in spring, when the workshop is quiet.</p></details>
      </form></article>
    <section><header class="head"><h2>Goes well with it</h2></header><div id="related"></div></section></div>`;
  track("view_item", { currency: "EUR", value: p.price, items: [item(p, choice())] });
  const others = PRODUCTS.filter((o) => o.category == p.category && o != p).slice(0, 4);
  $("#related").innerHTML = list(others, "related", "Goes well with it");
  buying(p);
};

const choice = () => {
  const data = new FormData($(".buy"));
  return { colour: data.get("colour"), size: data.get("size") || "" };
};

const buying = (p) => {
  const form = $(".buy");
  const show = () => {
    const { colour, size } = choice();
    $(".gallery").innerHTML = art(p, colour);
    $(".colours b").textContent = colour;
    if (size) $(".sizes b").textContent = size;
  };
  show();
  form.addEventListener("change", show);
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const { colour, size } = choice();
    cart.change({ id: p.id, colour, size }, 1);
    toast(html`<b>${p.name}</b> is in your cart. <a href="cart.html">Go to cart</a>`);
  });
};

const missing = () => {
  main.innerHTML = html`<div class="wide empty"><h1>Not on our shelves</h1><p>This product is gone, or never was.</p><a class="button" href="category.html">See what there is</a></div>`;
};

const searching = () => {
  pageType("search");
  const query = param("q").trim();
  const found = search(query);
  window.dataLayer.push({ event: "search", search_term: query, results: found.length });
  document.title = `${query} – Tuohi`;
  main.innerHTML = html`<div class="wide"><header class="head"><div><h1>“${escape(query)}”</h1>
    <p>${found.length} ${found.length == 1 ? "product" : "products"}</p></div></header>
    ${found.length ? list(found, "search", "Search results") : html`<div class="none"><p>Nothing by that name. Perhaps one of these shelves:</p>
      <p>${Object.entries(CATEGORIES).map(([id, c]) => html`<a class="chip" href="category.html?c=${id}">${c.name}</a>`)}</p>
      <header class="head"><h2>What others like</h2></header>${list(PRODUCTS.filter((p) => p.badge).slice(0, 4), "bestsellers", "Bestsellers")}</div>`}</div>`;
};

const line = (l, i) => {
  const p = find(l.id);
  return html`<li data-line="${i}"><a href="product.html?id=${p.id}">${art(p, l.colour)}</a>
    <div><a href="product.html?id=${p.id}"><b>${p.name}</b></a><p>${[l.colour, l.size].filter(Boolean).join(" / ")}</p>
      <div class="stepper"><button class="step minus" aria-label="One ${p.name} less">${icon("minus")}</button><output>${l.quantity}</output><button class="step plus" aria-label="One ${p.name} more">${icon("plus")}</button></div></div>
    <div class="end"><strong>${money(p.price * l.quantity)}</strong><button class="link remove">Remove</button></div></li>`;
};

export const totals = (delivery) => html`<dl><div><dt>Products</dt><dd>${money(cart.value())}</dd></div>
  <div><dt>Delivery</dt><dd>${delivery ? money(delivery) : "Free"}</dd></div>
  <div class="total"><dt>Total <small>incl. VAT</small></dt><dd>${money(cart.value() + delivery)}</dd></div></dl>`;

const drawCart = () => {
  const lines = cart.lines();
  const missing = FREE_DELIVERY - cart.value();
  main.innerHTML = !lines.length
    ? html`<div class="wide empty"><h1>Your cart is empty</h1><p>It weighs nothing, which is something.</p><a class="button" href="category.html">See what there is</a></div>`
    : html`<div class="wide"><h1>Your cart</h1><div class="two"><ul class="lines">${lines.map(line)}</ul>
      <aside class="sum"><h2>Summary</h2>${totals(missing > 0 ? 4.9 : 0)}
      <p class="hint">${missing > 0 ? `${money(missing)} more and delivery is free` : "Delivery is free for this cart"}</p>
      <a class="button wide-button" href="checkout.html">To checkout</a>
      <ul class="assure"><li>${icon("back")} 60 days to return, free</li><li>${icon("mend")} Mended for life</li></ul></aside></div></div>`;
};

const cartPage = () => {
  pageType("cart");
  drawCart();
  track("view_cart", cart.summary());
  main.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-line] button");
    if (!button) return;
    const l = cart.lines()[button.closest("[data-line]").dataset.line];
    const by = button.matches(".plus") ? 1 : button.matches(".minus") ? -1 : -l.quantity;
    cart.change(l, by);
    drawCart();
  });
};

const thanks = () => {
  pageType("thanks");
  let order;
  try {
    order = JSON.parse(sessionStorage.getItem("tuohi-order"));
  } catch {}
  if (order && !order.told) {
    const { transaction_id, value, shipping, items } = order;
    track("purchase", { transaction_id, currency: "EUR", value, shipping, items });
    sessionStorage.setItem("tuohi-order", JSON.stringify({ ...order, told: true }));
  }
  main.innerHTML = html`<div class="wide empty">${icon("check")}<h1>Kiitos!</h1>
    <p>${order ? html`Order <b>${escape(order.transaction_id)}</b> is on its way to the packers in Lahti. Total ${money(order.value + order.shipping)}.` : "There is no order here yet."}</p>
    <a class="button" href="./">Back to the front page</a></div>`;
};

/** By the path's last part: what draws it, and its title until that knows better. */
const PAGES = {
  "": [home, "Tuohi – outdoor and cabin goods"],
  "category.html": [category, "Products – Tuohi"],
  "product.html": [product, "Tuohi"],
  "search.html": [searching, "Search – Tuohi"],
  "cart.html": [cartPage, "Cart – Tuohi"],
  "checkout.html": [() => checkout(main, totals), "Checkout – Tuohi"],
  "thanks.html": [thanks, "Thank you – Tuohi"],
};

const name = location.pathname.split("/").pop();
const [draw, title] = PAGES[name] || PAGES[""];
document.title = title;
document.body.classList.toggle("home", draw == home);
frame();
chat();
draw();
