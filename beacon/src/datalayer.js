// The dataLayer bridge: reads what the shop already tells Google, without changing it.
//
// Two shapes are understood: GTM's `{event: 'view_item', ecommerce: {...}}` and gtag's
// `arguments` object `['event', 'view_item', {...}]`. Only GA4's e-commerce events and searches
// are taken: other pushes may hold anything. A push with `page_type` tells the type of the page.

import { SOON } from "./waits.js";

const TAKEN = /^((view|select|add|remove|begin)_|purchase|refund|search)/;

/** Flat strings, numbers and booleans stay, and `items` one level deep; the rest is left out. */
export const clean = (props, inner) => {
  const out = {};
  for (const key in props) {
    const value = props[key];
    if (/^(st|n|bo)/.test(typeof value)) out[key] = value;
    else if (key == "items" && value && !inner) {
      out[key] = Array.from(value, (item) => clean(item, 1));
    }
  }
  return out;
};

/** What the pushes so far say that the page is. */
export let pageType;

/** Reads one entry of the dataLayer, and reports it if it is an event that we take. */
export const read = (entry, report) => {
  let { event: name, ecommerce: props = entry, page_type: type } = entry || {};
  if (props?.[0]) {
    // gtag: ['event', name, props], ['config', id, props], ['set', props]
    name = props[0] == "event" && props[1];
    props = props[name || props[0] == "config" ? 2 : 1];
    type = props?.page_type;
  }
  pageType = type || pageType;
  const { event, page_type, ...rest } = clean(props);
  if (TAKEN.test(name)) report(name, rest, SOON);
};
