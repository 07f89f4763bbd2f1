// The core: consent, identity of the tab, page views, the dataLayer bridge, commands.
//
// Entry point: start(parts). It runs once the document is parsed, so that what the page's own
// scripts said through the stub (`vinkki.q`) is known before anything is sent.
//
// Invariants: while consent is off nothing is stored, sent or remembered. In cookieless mode
// nothing is stored on the device. In full mode there is one sessionStorage key, `vinkki`:
// {t: tab, k: 1 once the server knows the visitor, m: the mode last told, q: batches left over}.

import { clean, pageType, read } from "./datalayer.js";
import { listen, overhear } from "./listen.js";
import { hide, put, reset, seal, use } from "./transport.js";
import { SOON } from "./waits.js";

const { src, dataset } = document.currentScript;
const [base] = src.split("/v1/");

/** 96 random bits in at most 32 characters. */
const id = () => crypto.getRandomValues(new Uint32Array(3)).join("-");

const b = id(); // this page load
let mode = ""; // cookieless or full; empty: off
let memory = {};
let visitor = ""; // cookieless only: the id of this page's memory
let view = {}; // props of the latest page_view, completed when it is sent
let layer; // the dataLayer: what came before the first consent is told after it, once

/** What use(sessionStorage) gives: undefined when it is empty, full or forbidden. */
const storage = (use) => {
  try {
    return use(sessionStorage);
  } catch {} // the page works without
};

const keep = () =>
  storage((s) => (mode == "full" ? (s.vinkki = JSON.stringify(memory)) : delete s.vinkki));
/** For the parts that wait for it: the visitor is known to the server. */
const up = () => mode && (visitor || memory.k) && page.up?.(visitor);

/**
 * What the parts are given after report. One that needs to know puts its own functions into
 * up(visitor): the visitor is known to the server and the page is seen; down(gone): not any more;
 * gone: consent has been withdrawn; and seen(name): an event is reported.
 */
const page = {};

/** Reports an event, unless consent is off; it leaves within ms. */
const report = (name, props, ms) => {
  if (!mode) return;
  page.seen?.(name);
  put(name, props, ms);
};

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
  report("page_view", view, SOON);
};

const readAll = (entries) =>
  entries.map((entry) => {
    try {
      read(entry, report);
    } catch {} // what we cannot copy (it contains itself) is no trouble of the shop's
  });

const consent = (wish) => {
  if (wish == "full" && (navigator.globalPrivacyControl || +navigator.doNotTrack)) {
    wish = "cookieless";
  }
  let saved = storage((s) => JSON.parse(s.vinkki));
  // A page before this one may have had more consent than this one is told.
  const was = mode || (saved && wish != "full" ? "full" : "off");
  if (wish == was || !/^(off|full|cookieless)$/.test(wish)) return;
  if (was == "full" || wish == "off") {
    reset([]);
    page.down?.(1);
    if ((mode = was) == "full") report("consent", { mode: "off" });
    saved = mode = visitor = "";
    keep();
  }
  if (wish == "off") return;
  seal();
  page.down?.();
  mode = wish;
  memory = { t: id(), ...saved };
  visitor = mode == "full" ? "" : id();
  if (memory.q) reset(memory.q);
  if (memory.m != wish) report("consent", { mode });
  memory.m = wish;
  keep();
  view = {};
  look();
  up();
  readAll(layer);
  layer = [];
};

const commands = {
  consent,
  track: (name, props) => report(name, clean(props), SOON),
  identify: (props) => commands.track("identify", props),
};


/** What the events belong to that leave now; completes the latest page view. */
const stamp = () => {
  const mark = document.querySelector("[data-vinkki-page-type],[name=vinkki-page-type]");
  view.title = document.title;
  view.type = mark?.content || mark?.dataset.vinkkiPageType || pageType;
  return { s: dataset.site, i: visitor, t: memory.t, b, m: mode || "off" };
};

const answered = (m) => {
  if (m != mode) return;
  memory.k = 1;
  memory.q = 0;
  keep();
  up();
};

let parts;

const main = () => {
  const { q = [] } = window.vinkki || {};
  if (!q) return; // pasted twice
  use(base + "/v1/e", stamp, answered);
  parts.map((part) => part(report, page));
  window.vinkki = (name, ...args) => commands[name]?.(...args);
  vinkki.q = 0;
  layer = window[dataset.layer || "dataLayer"] ||= [];
  overhear(layer, "push", readAll);
  overhear(history, "pushState", look);
  listen("popstate pagehide pageshow visibilitychange", ({ type, persisted }) => {
    if (document.hidden || type == "pagehide") {
      page.down?.();
      memory.q = hide(visitor || memory.k); // with consent off that can only be the withdrawal
      keep();
    } else {
      if (persisted) view = {}; // back from the browser's cache: seen anew
      look();
      up();
    }
  });

  // The page's own word on consent comes before the tag's, whose `off` only means: not told yet.
  let wish = dataset.consent != "off" && dataset.consent;
  q.map(([name, mode]) => name == "consent" && (wish = mode));
  consent(wish);
  q.map(([name, ...args]) => name != "consent" && vinkki(name, ...args));
};

export { base, commands, dataset, page, report, up };

/** Calls each part once, with report and page. */
export const start = (...given) => {
  parts = given;
  // Deferred scripts and modules may use the stub: they run before this event, and while
  // readyState is already "interactive".
  if (performance.timing.domContentLoadedEventStart) main();
  else listen("DOMContentLoaded", main);
};
