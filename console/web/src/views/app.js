// The page as a whole: the gate, the bar at the top, the shop, and what the engine sees.

import { useSignal } from "@preact/signals";
import { html } from "../html.js";
import { about, gate, notice, shown } from "../model.js";
import { Bar, LinkBanner } from "./bar.js";
import { Facts } from "./facts.js";
import { Feed } from "./feed.js";
import { Gate } from "./gate.js";
import { Rules } from "./rules.js";
import { Shop } from "./shop.js";
import { VisitorStrip } from "./visitor.js";

export function App() {
  return gate.value === "open" ? html`<${LiveView} />` : html`<${Gate} />`;
}

const TABS = [["shop", "Shop"], ["rules", "Rules"], ["feed", "Timeline"], ["facts", "Facts"]];

function LiveView() {
  const shop = about.value.shop_url;
  const tab = useSignal(shop ? "shop" : "rules");
  const phone = useSignal(false);
  const width = phone.value ? "phone" : "desktop";
  return html`
    <div class="app" data-tab=${tab.value} data-shop=${shop ? width : "none"}>
      <${Bar} />
      <${LinkBanner} />
      <${Notice} />
      <nav class="tabs" aria-label="Parts of the live view">
        ${TABS.filter(([id]) => shop || id !== "shop").map(([id, label]) => html`
          <button type="button" aria-current=${tab.value === id ? "true" : null}
            onClick=${() => (tab.value = id)}>${label}</button>`)}
      </nav>
      <main>
        ${shop && html`<${Shop} url=${shop} phone=${phone} />`}
        <section class="engine" aria-label="What the engine sees">
          <${VisitorStrip} />
          ${shown.value ? html`<${Panels} />` : html`<${Nobody} shop=${shop} />`}
        </section>
      </main>
    </div>`;
}

function Panels() {
  return html`
    <div class="panels">
      <${Rules} />
      <${Feed} />
      <${Facts} />
    </div>`;
}

const WAITING = {
  demo: "Walk around in the shop: open a product, fill the cart, make a mistake in the checkout form. What the engine sees of it appears here as it happens.",
  shop: "As soon as somebody opens a page with the beacon, what the engine sees of them appears here.",
};

function Nobody({ shop }) {
  return html`
    <div class="nobody">
      <svg viewBox="0 0 120 60" aria-hidden="true">
        <path d="M4 44h26l6-14 10 26 9-40 9 34 6-12h40" /><circle cx="112" cy="38" r="4" /></svg>
      <h2>Nobody is in the shop yet</h2>
      <p>${shop ? WAITING.demo : WAITING.shop}</p>
    </div>`;
}

function Notice() {
  if (!notice.value) return null;
  const { good, text } = notice.value;
  return html`
    <div class=${`banner ${good ? "good" : "bad"}`} role="status">
      <pre>${text}</pre>
      <button type="button" onClick=${() => (notice.value = null)}>Close</button>
    </div>`;
}
