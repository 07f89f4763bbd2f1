// The core: consent, identity of the tab, page views, the dataLayer bridge, commands.
//
// Entry point: start(parts). It runs once the document is parsed, so that what the page's own
// scripts said through the stub (`vinkki.q`) is known before anything is sent.
//
// Invariants: while consent is off nothing is stored, sent or remembered. In cookieless mode
// nothing is stored on the device. In full mode there is one sessionStorage key, `vinkki`:
// {t: tab, k: 1 once the server has set its cookie, m: the mode last told, q: batches left over}.

import { clean, read, watch } from "./datalayer.js";
import { transport } from "./transport.js";
import { SOON } from "./waits.js";

const { src, dataset } = document.currentScript;
const { site, consent: tagged, layer: layerName = "dataLayer" } = dataset;
const base = src.split("/v1/")[0];

/** 120 random bits in 20 characters. */
const id = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(15)))).replace(/\W/g, "-");

/** The tab's memory: read without an argument, written with one, removed with 0. */
const stored = (memory) => {
  try {
    if (memory) sessionStorage.vinkki = JSON.stringify(memory);
    else if (memory == 0) sessionStorage.removeItem("vinkki");
    else return JSON.parse(sessionStorage.vinkki);
  } catch (e) {} // empty, full or forbidden: the page works without
};

/** The page's address, with the fragment only where that is a route. */
const route = () => location.href.replace(/#[^!/].*|#$/, "");

const pageType = () => {
  const mark = document.querySelector("[data-vinkki-page-type],meta[name=vinkki-page-type]");
  return mark?.content || mark?.dataset.vinkkiPageType;
};

const device = () =>
  /Mobi/.test(navigator.userAgent) ? "mobile" : matchMedia("(pointer:coarse)").matches ? "tablet" : "desktop";

/**
 * parts: functions of the page: {base, site, commands, report(name, props, ms), up, down}. One that
 * needs to know puts its own functions into up(visitor): the visitor is known to the server and the
 * page is seen; and down(gone): not any more; gone: consent has been withdrawn. Likewise report,
 * for the parts that come after it and the core.
 */
const main = (parts) => {
  if (window.vinkki?.on) return; // pasted twice
  const b = id();
  let mode = ""; // cookieless or full; empty: off
  let memory = { t: id() };
  let visitor = ""; // cookieless only: the id of this page's memory
  let view = {}; // props of the latest page_view, completed when it is sent
  let viewed; // its route
  let layerType;
  let told = 0; // entries of the dataLayer that came before the first consent are told after it

  const up = () => mode && known() && page.up(visitor);
  const full = () => mode == "full";
  const keep = () => full() && stored(memory);
  const known = () => !full() || memory.k;

  const { put, hide, seal, reset } = transport({
    known,
    stamp: () => ({ s: site, i: visitor, t: memory.t, b, m: mode || "off" }),
    fill() {
      view.title = document.title;
      view.type = pageType() || layerType;
    },
    post: (body, m) =>
      fetch(base + "/v1/e", {
        method: "POST",
        body,
        keepalive: true,
        credentials: m == "cookieless" ? "omit" : "include",
      }).then(
        (answer) => answer.status,
        () => 0
      ),
    beacon: (body) => navigator.sendBeacon(base + "/v1/e", body),
    answered(m) {
      if (m != mode) return;
      memory.q = 0;
      memory.k = 1;
      keep();
      up();
    },
  });

  const pageView = () => {
    viewed = route();
    view = { url: viewed, device: device(), language: navigator.language };
    const from = document.referrer;
    if (from && !from.startsWith(location.origin)) view.referrer = from;
    page.report("page_view", view, SOON);
  };

  const moved = () => mode && route() != viewed && pageView();

  const layerEntry = (entry) => {
    const { name, props, type } = read(entry);
    layerType = type || layerType;
    if (name) page.report(name, props, SOON);
  };

  const withdraw = (was) => {
    reset([]);
    page.down(1);
    mode = visitor = "";
    stored(0);
    if (was == "full") put("consent", { mode: "off" });
  };

  const consent = (wish) => {
    if (wish == "full" && (navigator.globalPrivacyControl || navigator.doNotTrack == 1)) wish = "cookieless";
    const saved = stored();
    // A page before this one may have had more consent than this one is told.
    const was = mode || (saved && wish != "full" ? "full" : "off");
    if (wish == was || !/^(off|full|cookieless)$/.test(wish)) return;
    if (was == "full" || wish == "off") withdraw(was);
    if (wish == "off") return;
    seal();
    page.down();
    mode = wish;
    memory = { t: id(), ...(full() && saved) };
    visitor = full() ? "" : id();
    if (memory.q) reset(memory.q);
    if (memory.m != wish) page.report("consent", { mode });
    memory.m = wish;
    keep();
    pageView();
    up();
    layer.slice(told).map(layerEntry);
    told = Infinity;
  };

  const leave = () => {
    page.down();
    memory.q = hide(); // with consent off that can only be the withdrawal
    keep();
  };

  const commands = {
    consent,
    track: (name, props) => page.report(name, clean(props), SOON),
    identify: (props) => commands.track("identify", props),
  };
  const page = {
    base,
    site,
    commands,
    /** Reports an event, unless consent is off; it leaves within ms. */
    report(name, props, ms = 0) {
      if (mode) put(name, props, ms);
    },
    up() {},
    down() {},
  };
  parts.map((part) => part(page));

  const queued = [...(window.vinkki?.q || [])];
  const command = (window.vinkki = (name, ...args) => commands[name]?.(...args));
  command.on = 1;
  const layer = watch(layerName, layerEntry);

  const { pushState } = history;
  history.pushState = (...args) => {
    pushState.apply(history, args);
    moved();
  };
  addEventListener("popstate", moved);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (e) => e.persisted && mode && (pageView(), up()));
  addEventListener("visibilitychange", () => (document.hidden ? leave() : up()));

  // The page's own word on consent comes before the tag's, whose `off` only means: not told yet.
  const words = queued.filter(([name]) => name == "consent");
  if (words[0]) command(...words.pop());
  else if (tagged != "off") consent(tagged);
  queued.map((args) => args[0] != "consent" && command(...args));
};

export const start = (...parts) => {
  // Deferred scripts and modules may use the stub: they run before this event, and while
  // readyState is already "interactive".
  if (performance.timing.domContentLoadedEventStart) main(parts);
  else addEventListener("DOMContentLoaded", () => main(parts));
};
