// The offers stream: one EventSource for the page while it is visible, and the dialog's code,
// fetched when the first offer comes.
//
// A part of the core, there once it is imported. The dialog's bundle is a module with show(offer,
// report, emit). Commands: on, off, show.

import { base, commands, dataset, page, report, up } from "./core.js";

const PREFIX = "vinkki:"; // of the events on the document

const seen = {};
let source;
let current; // the latest offer

/** Tells the page. 2: it takes care of this itself; 1: somebody listened; otherwise nobody did. */
const emit = (type, detail) => {
  const event = new CustomEvent(PREFIX + type, { detail, cancelable: true });
  return document.dispatchEvent(event) ? event.heard : 2;
};

/** Shows an offer, the latest again if none is given, or with 0 takes away what is shown. The dialog's
 * module is fetched once. */
const show = (offer = current) => {
  if (offer || current) {
    import(base + `/v1/offer.${OFFER_HASH}.js`).then(
      (dialog) => dialog.show(current, report, emit),
      () => current && report("offer_failed", { trigger: current.id, reason: "load" })
    );
  }
  current = offer;
};

page.down = (gone) => {
  source?.close();
  if (gone) show(0);
};

page.up = (visitor) => {
  if (document.hidden || source?.readyState < 2) return;
  const who = new URLSearchParams({ s: dataset.site, i: visitor });
  source = new EventSource(base + "/v1/offers?" + who, { withCredentials: !visitor });
  const on = (type, fn) => source.addEventListener(type, ({ data }) => fn(JSON.parse(data)));
  on("offer", (offer) => {
    if (seen[offer.id]) return;
    seen[offer.id] = 1;
    if (emit("offer", offer) != 2) show(offer);
  });
  on("withdraw", ({ id }) => id == current?.id && show(0));
  // The browser reconnects by itself unless the server refused.
  source.onerror = () => source.readyState < 2 || setTimeout(up, 2e4 + Math.random() * 2e4);
};

commands.on = (type, fn, how = "add") => {
  // One for each function of the page, whatever it listens to: so `off` finds it again.
  fn.vinkki ||= (event) => {
    event.heard = 1;
    if (fn(event.detail) === true) event.preventDefault();
  };
  document[how + "EventListener"](PREFIX + type, fn.vinkki);
};
commands.off = (type, fn) => commands.on(type, fn, "remove");
commands.show = show;
