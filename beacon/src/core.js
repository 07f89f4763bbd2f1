// The core: consent, identity of the tab, page views, the dataLayer bridge, commands.
//
// Entry point: start(parts). It runs once the document is parsed, so that what the page's own
// scripts said through the stub (`vinkki.q`) is known before anything is sent.
//
// Invariants: while consent is off nothing is stored, sent or remembered. In cookieless mode
// nothing is stored on the device. In full mode there is one sessionStorage key, `vinkki`:
// {t: tab, k: 1 once the server knows the visitor, m: the mode last told, q: batches left over}.

import { clean, read, watch } from "./datalayer.js";
import { listen } from "./listen.js";
import { hide, put, reset, seal, use } from "./transport.js";
import { SOON } from "./waits.js";

const { src, dataset } = document.currentScript;
const [base] = src.split("/v1/");

/** 96 random bits in at most 32 characters. */
const id = () => crypto.getRandomValues(new Uint32Array(3)).join("-");

const b = id(); // this page load
let mode = ""; // cookieless or full; empty: off
let memory = { t: id() };
let visitor = ""; // cookieless only: the id of this page's memory
let view = {}; // props of the latest page_view, completed when it is sent
let layer;
let layerType;
let told = 0; // entries of the dataLayer that came before the first consent are told after it

/** What use(sessionStorage) gives: undefined when it is empty, full or forbidden. */
const storage = (use) => {
  try {
    return use(sessionStorage);
  } catch {} // the page works without
};


const keep = () => mode == "full" && storage((s) => (s.vinkki = JSON.stringify(memory)));
const up = () => mode && memory.k && page.up?.(visitor);

/** The page's address, with the fragment only where that is a route. */
const route = () => location.href.replace(/#[^!/].*|#$/, "");

const device = () =>
  /Mobi/.test(navigator.userAgent)
    ? "mobile"
    : matchMedia("(pointer:coarse)").matches
    ? "tablet"
    : "desktop";

/** Reports a page view if the page is not the one that was reported last. */
const look = () => {
  const url = route();
  if (!mode || view.url == url) return;
  view = { url, device: device(), language: navigator.language };
  const from = document.referrer;
  if (from && !from.startsWith(origin)) view.referrer = from;
  page.report("page_view", view, SOON);
};

const layerEntry = (entry) => {
  const [name, props, type] = read(entry);
  layerType = type || layerType;
  if (name) page.report(name, props, SOON);
};

const consent = (wish) => {
  if (wish == "full" && (navigator.globalPrivacyControl || navigator.doNotTrack == 1)) {
    wish = "cookieless";
  }
  const saved = storage((s) => JSON.parse(s.vinkki));
  // A page before this one may have had more consent than this one is told.
  const was = mode || (saved && wish != "full" ? "full" : "off");
  if (wish == was || !/^(off|full|cookieless)$/.test(wish)) return;
  if (was == "full" || wish == "off") {
    reset([]);
    page.down?.(1);
    mode = visitor = "";
    storage((s) => delete s.vinkki);
    if (was == "full") put("consent", { mode: "off" });
  }
  if (wish == "off") return;
  seal();
  page.down?.();
  mode = wish;
  memory = { t: id(), ...(mode == "full" ? saved : { k: 1 }) };
  visitor = mode == "full" ? "" : id();
  if (memory.q) reset(memory.q);
  if (memory.m != wish) page.report("consent", { mode });
  memory.m = wish;
  keep();
  view = {};
  look();
  up();
  layer.slice(told).map(layerEntry);
  told = Infinity;
};

const leave = () => {
  page.down?.();
  memory.q = hide(memory.k); // with consent off that can only be the withdrawal
  keep();
};

const commands = {
  consent,
  track: (name, props) => page.report(name, clean(props), SOON),
  identify: (props) => commands.track("identify", props),
};

/**
 * What the parts are given, report first. One that needs to know puts its own functions into
 * up(visitor): the visitor is known to the server and the page is seen; and down(gone): not any
 * more; gone: consent has been withdrawn. Likewise report, for the parts that come after it and for
 * the core.
 */
const page = {
  commands,
  /** Reports an event, unless consent is off; it leaves within ms. */
  report(name, props, ms) {
    if (mode) put(name, props, ms);
  },
};

/** What the events belong to that leave now; completes the latest page view. */
const stamp = () => {
  const mark = document.querySelector("[data-vinkki-page-type],meta[name=vinkki-page-type]");
  view.title = document.title;
  view.type = mark?.content || mark?.dataset.vinkkiPageType || layerType;
  return { s: dataset.site, i: visitor, t: memory.t, b, m: mode || "off" };
};

const answered = (m) => {
  if (m != mode) return;
  memory.q = 0;
  memory.k = 1;
  keep();
  up();
};

const main = (parts) => {
  const { on, q = [] } = window.vinkki || {};
  if (on) return; // pasted twice
  use(base + "/v1/e", stamp, answered);
  parts.map((part) => part(page.report, page));
  window.vinkki = (name, ...args) => commands[name]?.(...args);
  vinkki.on = 1;
  layer = watch(dataset.layer || "dataLayer", layerEntry);

  const { pushState } = history;
  history.pushState = (...args) => {
    pushState.apply(history, args);
    look();
  };
  listen("popstate pagehide pageshow visibilitychange", ({ type, persisted }) => {
    if (document.hidden || type == "pagehide") return leave();
    if (persisted) view = {}; // back from the browser's cache: seen anew
    look();
    up();
  });

  // The page's own word on consent comes before the tag's, whose `off` only means: not told yet.
  let wish = dataset.consent != "off" && dataset.consent;
  q.map(([name, mode]) => name == "consent" && (wish = mode));
  consent(wish);
  q.map((args) => args[0] != "consent" && vinkki(...args));
};

export { base, dataset };

export const start = (...parts) => {
  // Deferred scripts and modules may use the stub: they run before this event, and while
  // readyState is already "interactive".
  if (performance.timing.domContentLoadedEventStart) main(parts);
  else listen("DOMContentLoaded", () => main(parts));
};
