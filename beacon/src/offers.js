// The offers stream: one EventSource for the page while it is visible, and the dialog's code,
// fetched when the first offer comes.
//
// A part of the core, there once it is imported. The dialog's bundle is a module with show(offer,
// report, emit). Commands: on, off, show.

import { base, commands, dataset, page, report } from "./core.js";

const PREFIX = "vinkki:"; // of the events on the document

const seen = {};
let source;
let timer;
let current; // the latest offer

/** Tells the page. 2: it takes care of this itself; 1: somebody listened; otherwise nobody did. */
const emit = (type, detail) => {
  const event = new CustomEvent(PREFIX + type, { detail, cancelable: true });
  return document.dispatchEvent(event) ? event.heard : 2;
};

/** Shows an offer or, given nothing, takes away what is shown. The module is fetched once. */
const show = (offer) => {
  if (offer || current) {
    import(base + `/v1/offer.${OFFER_HASH}.js`).then(
      (dialog) => dialog.show(current, report, emit),
      () => current && report("offer_failed", { trigger: current.id, reason: "load" })
    );
  }
  current = offer;
};

const down = (gone) => {
  clearTimeout(timer);
  source?.close();
  source = undefined;
  if (gone) show();
};

const up = (visitor) => {
  if (source || document.hidden) return;
  const who = encodeURIComponent(dataset.site) + (visitor && "&i=" + visitor);
  source = new EventSource(base + "/v1/offers?s=" + who, { withCredentials: !visitor });
  const on = (type, fn) => source.addEventListener(type, ({ data }) => fn(JSON.parse(data)));
  on("offer", (offer) => {
    if (seen[offer.id]) return;
    seen[offer.id] = 1;
    if (emit("offer", offer) != 2) show(offer);
  });
  on("withdraw", ({ id }) => id == current?.id && show());
  source.onerror = () => {
    // The browser reconnects by itself unless the server refused.
    if (source.readyState < 2) return;
    down();
    timer = setTimeout(up, 2e4 + Math.random() * 2e4, visitor);
  };
};

page.up = up;
page.down = down;

commands.on = (type, fn, how = "add") => {
  // One for each function of the page, whatever it listens to: so `off` finds it again.
  fn.vinkki ||= (event) => {
    event.heard = 1;
    if (fn(event.detail) === true) event.preventDefault();
  };
  document[how + "EventListener"](PREFIX + type, fn.vinkki);
};
commands.off = (type, fn) => commands.on(type, fn, "remove");
// The latest offer again, or the given one, for a look.
commands.show = (offer = current) => show(offer);
