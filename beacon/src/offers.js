// The offers stream: one EventSource for the page while it is visible, and the dialog's code,
// fetched when the first offer comes.
//
// Entry point: offers, a part of the core. The dialog's bundle calls `vinkki('_', make)` when it
// has loaded; make(report, emit) returns the function that shows an offer or, given nothing,
// hides it. Commands: on, off, show.

export const offers = (page) => {
  const { base, site, report, commands } = page;
  const handlers = {};
  const seen = {};
  let source;
  let timer;
  let current; // the latest offer
  let display; // the dialog, once loaded; 0 while it loads

  /** Tells the page. 2: it takes care of this itself; 1: somebody listened; 0: nobody did. */
  const emit = (type, detail) => {
    const event = new CustomEvent("vinkki:" + type, { detail, cancelable: true });
    let taken = document.dispatchEvent(event) ? 0 : 2;
    (handlers[type] || []).map((fn) => {
      taken = Math.max(taken, fn(detail) === true ? 2 : 1);
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
    if (source) source.close();
    source = 0;
    if (gone) show();
  });

  const up = (page.up = (visitor) => {
    if (source || document.hidden) return;
    const url = base + "/v1/offers?s=" + encodeURIComponent(site) + (visitor && "&i=" + visitor);
    source = new EventSource(url, { withCredentials: !visitor });
    source.addEventListener("offer", ({ data }) => {
      const offer = JSON.parse(data);
      if (seen[offer.id]) return;
      seen[offer.id] = 1;
      if (emit("offer", offer) < 2) show(offer);
    });
    source.addEventListener("withdraw", ({ data }) => {
      if (current && JSON.parse(data).id == current.id) show();
    });
    source.onerror = () => {
      // The browser reconnects by itself unless the server refused.
      if (source.readyState < 2) return;
      down();
      timer = setTimeout(up, 2e4 + Math.random() * 2e4, visitor);
    };
  });

  commands.on = (type, fn) => {
    handlers[type] = (handlers[type] || []).concat(fn);
  };
  commands.off = (type, fn) => {
    handlers[type] = (handlers[type] || []).filter((other) => other != fn);
  };
  // The latest offer again, or the given one, for a look.
  commands.show = (offer = current) => show(offer);
  commands._ = (make) => {
    display = make(report, emit);
    if (current) display(current);
  };
};
