// The checkout: a form that says what is wrong beside each field, the accessible way: aria-invalid
// and a text that the field points to. A field is checked when it is left and when the form is sent.

import { find, money } from "./catalog.js";
import { $, $$, DELIVERIES, cart, deliveryPrice, html, icon, pageType, track } from "./shop.js";

/** name: [label, autocomplete, attributes, check(value) -> what is wrong]. */
const FIELDS = {
  email: ["Email", "email", 'type="email" inputmode="email"', (v) => !/^\S+@\S+\.\S{2,}$/.test(v) && "Write an address like name@example.fi"],
  name: ["Full name", "name", "", (v) => !/\S+\s+\S+/.test(v) && "Write your first and last name"],
  street: ["Street address", "street-address", "", (v) => !/\d/.test(v) && "The house number is missing"],
  postcode: ["Postcode", "postal-code", 'inputmode="numeric" maxlength="10"', (v) => !/^\d{5}$/.test(v) && "Five digits, like 00120"],
  city: ["City", "address-level2", "", () => false],
  phone: ["Mobile number", "tel", 'type="tel" inputmode="tel"', (v) => !/^\+?\d[\d ]{6,}$/.test(v) && "Digits only, with the country code: +358 40 123 4567"],
  card: ["Card number", "cc-number", 'inputmode="numeric"', (v) => !luhn(v) && "This card number has a mistake in it"],
  expiry: ["Valid until", "cc-exp", 'inputmode="numeric" placeholder="MM/YY"', (v) => !/^(0[1-9]|1[0-2])\s*\/\s*\d\d$/.test(v) && "Month and year, like 08/29"],
  cvc: ["CVC", "cc-csc", 'inputmode="numeric" maxlength="4"', (v) => !/^\d{3,4}$/.test(v) && "Three digits from the back"],
};

const luhn = (text) => {
  const digits = text.replace(/\s/g, "");
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const value = +digit * (1 + (i % 2));
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 == 0;
};

const field = (name) => {
  const [label, auto, attributes] = FIELDS[name];
  return html`<div class="field ${name}"><label for="${name}">${label}</label>
    <input id="${name}" name="${name}" autocomplete="${auto}" ${attributes} required aria-describedby="${name}-error" />
    <p class="error" id="${name}-error"></p></div>`;
};

const delivery = ([key, d], i) => html`<label class="option"><input type="radio" name="delivery" value="${key}"${!i && " checked"} />
  <span><b>${d.name}</b><small>${d.line}</small></span><strong>${deliveryPrice(key) ? money(deliveryPrice(key)) : "Free"}</strong></label>`;

const page = () => html`<div class="wide"><h1>Checkout</h1><div class="two">
  <form id="checkout" class="checkout" novalidate>
    <p class="alert" role="alert" hidden></p>
    <fieldset><legend>Contact</legend>${field("email")}${field("phone")}</fieldset>
    <fieldset><legend>Delivery address</legend>${field("name")}${field("street")}<div class="pair">${field("postcode")}${field("city")}</div></fieldset>
    <fieldset><legend>Delivery</legend>${Object.entries(DELIVERIES).map(delivery)}</fieldset>
    <fieldset><legend>Payment</legend>${field("card")}<div class="pair">${field("expiry")}${field("cvc")}</div></fieldset>
    <button class="button wide-button">Pay <span class="pay"></span></button>
    <p class="hint">Demonstration shop: no payment is made, and no field leaves your browser. Card 4242 4242 4242 4242 passes.</p>
  </form>
  <aside class="sum"><h2>Your order</h2><ul class="brief">${cart.lines().map((l) => {
    const p = find(l.id);
    return html`<li><span>${l.quantity} × ${p.name}<small>${[l.colour, l.size].filter(Boolean).join(" / ")}</small></span><span>${money(p.price * l.quantity)}</span></li>`;
  })}</ul><div class="totals"></div><p class="hint">${icon("back")} 60 days to return, free</p></aside></div></div>`;

/** Says what is wrong with the field, or that nothing is; true when it is fine. */
const check = (input) => {
  const [label, , , wrong] = FIELDS[input.name];
  const value = input.value.trim();
  const error = value ? wrong(value) : `${label} is missing`;
  input.removeAttribute("aria-invalid");
  if (error) input.setAttribute("aria-invalid", "true");
  $(`#${input.name}-error`).textContent = error || "";
  return !error;
};

const send = (form) => {
  const wrong = $$("input[required]", form).filter((input) => !check(input));
  const alert = $(".alert", form);
  alert.hidden = !wrong.length;
  alert.textContent = wrong.length < 2 ? "One field needs a look." : `${wrong.length} fields need a look.`;
  if (wrong.length) return wrong[0].focus();
  const shipping = deliveryPrice(form.delivery.value);
  const order = { transaction_id: `T-${Date.now().toString(36).toUpperCase()}`, value: cart.value(), shipping, items: cart.items() };
  sessionStorage.setItem("tuohi-order", JSON.stringify(order));
  cart.save([]);
  location.href = "thanks.html";
};

/** Draws the checkout into main; totals(delivery) is the markup of the sums. */
export const checkout = (main, totals) => {
  pageType("checkout");
  if (!cart.count()) {
    main.innerHTML = html`<div class="wide empty"><h1>Nothing to pay</h1><p>Your cart is empty.</p><a class="button" href="category.html">See what there is</a></div>`;
    return;
  }
  main.innerHTML = page();
  const form = $("#checkout");
  const sums = () => {
    const price = deliveryPrice(form.delivery.value);
    $(".totals").innerHTML = totals(price);
    $(".pay").textContent = money(cart.value() + price);
  };
  sums();
  track("begin_checkout", cart.summary());
  form.addEventListener("change", ({ target }) => {
    if (target.name != "delivery") return;
    sums();
    track("add_shipping_info", { ...cart.summary(), shipping_tier: DELIVERIES[target.value].name });
  });
  form.addEventListener("focusout", ({ target }) => {
    if (target.name in FIELDS && target.value) check(target);
  });
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    send(form);
  });
};
