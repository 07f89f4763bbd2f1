// The offers stream: one EventSource for the page while it is visible, and the dialog's code,
// fetched when the first offer comes.
//
// Entry point: offers, a part of the core. The dialog's bundle calls `vinkki('_', make)` when it
// has loaded; make(report, emit) returns the function that shows an offer or, given nothing,
// hides it. Commands: on, off, show.

import { base, dataset } from "./core.js";

export const offers = (report, page) => {
  const { commands } = page;
  let handlers = []; // [type, fn]
  const seen = {};
  let source;
  let timer;
  let current; // the latest offer
  let display; // the dialog, once loaded; 0 while it loads

  /** Tells the page. 2: it takes care of this itself; 1: somebody listened; 0: nobody did. */
  const emit = (type, detail) => {
    const event = new CustomEvent("vinkki:" + type, { detail, cancelable: true });
    let taken = document.dispatchEvent(event) ? 0 : 2;
    handlers.map(([wanted, fn]) => {
      if (wanted == type) taken = Math.max(taken, fn(detail) === true ? 2 : 1);
    });
    return taken;
  };

  const show = (offer) => {
    current = offer;
    if (display) display(offer);
    else if (offer && display !== 0) {
      display = 0;
      const script = document.createElement("script");
      script.src = base + `/v1/offer.${OFFER_HASH}.js`;
      script.onerror = () => {
        display = undefined;
        report("offer_failed", { trigger: offer.id, reason: "load" });
      };
      document.head.append(script);
    }
  };

  const down = (page.down = (gone) => {
    clearTimeout(timer);
    source?.close();
    source = undefined;
    if (gone) show();
  });

  const up = (page.up = (visitor) => {
    if (source || document.hidden) return;
    const who = encodeURIComponent(dataset.site) + (visitor && "&i=" + visitor);
    source = new EventSource(base + "/v1/offers?s=" + who, { withCredentials: !visitor });
    const on = (type, fn) => source.addEventListener(type, ({ data }) => fn(JSON.parse(data)));
    on("offer", (offer) => {
      if (seen[offer.id]) return;
      seen[offer.id] = 1;
      if (emit("offer", offer) < 2) show(offer);
    });
    on("withdraw", ({ id }) => id == current?.id && show());
    source.onerror = () => {
      // The browser reconnects by itself unless the server refused.
      if (source.readyState < 2) return;
      down();
      timer = setTimeout(up, 2e4 + Math.random() * 2e4, visitor);
    };
  });

  commands.on = (...handler) => {
    handlers.push(handler);
  };
  commands.off = (type, fn) => {
    handlers = handlers.filter((handler) => handler[0] != type || handler[1] != fn);
  };
  // The latest offer again, or the given one, for a look.
  commands.show = (offer = current) => show(offer);
  commands._ = (make) => {
    display = make(report, emit);
    if (current) display(current);
  };
};
