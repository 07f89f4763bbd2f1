// The dataLayer bridge: reads what the shop already tells Google, without changing it.
//
// Two shapes are understood: GTM's `{event: 'view_item', ecommerce: {...}}` and gtag's
// `arguments` object `['event', 'view_item', {...}]`. Only GA4's e-commerce events and searches
// are taken: other pushes may hold anything. A push with `page_type` tells the type of the page.

import { SOON } from "./waits.js";

const TAKEN = /^((view|select|add|remove|begin)_|purchase|refund|search)/;

/** A copy with the strings, numbers and booleans in it and in its `items`; the rest is left out. */
export const clean = (props) =>
  JSON.parse(
    JSON.stringify({ ...props }, (key, value) =>
      /^(st|n|bo)/.test(typeof value) || /^(items|\d*)$/.test(key) ? value : undefined
    )
  );

/** What the pushes so far say that the page is. */
export let pageType;

/** Reads one entry of the dataLayer, and reports it if it is an event that we take. */
export const read = (entry, report) => {
  // gtag: ['event', name, props], ['config', id, props], ['set', props]
  const gtag = entry?.[0];
  const props = gtag ? entry[gtag == "set" ? 1 : 2] : entry;
  const { event, page_type, ecommerce, ...rest } = props || {};
  const name = gtag == "event" ? entry[1] : event;
  pageType = page_type || pageType;
  if (TAKEN.test(name)) report(name, clean(ecommerce || rest), SOON);
};
