// The offer dialog: in a closed shadow root, not modal, and never in the way.
//
// Entry points: watch(style) once, then show(offer, report, emit), without an offer to take it away;
// report(name, props) and emit(type, detail) are the core's. The state is the module's own: there is
// one dialog.
// It never takes the focus, is announced politely, and waits while the visitor types. Each offer
// ends in exactly one of accepted, declined (the button), dismissed (Escape or the cross), ignored
// (nothing until it expired), expired (it never came to be shown); withdrawn ones end without a
// report.

import { open } from "./adapters.js";

const TYPING = 2000; // ms after the last key in a field
const LIFE = 120000; // of an offer when its own time cannot be right

let report, emit, style;
let offer; // the current one
let until; // its end
let host; // its element, once it is shown
let back; // what had the focus before the dialog
let timer;
let typed; // when

/** The page's language if there is, else without its region, else English, else any. */
export const pick = (byLanguage, wish) =>
  [wish, wish.split("-")[0], "en", ...Object.keys(byLanguage)].find((lang) => byLanguage[lang]);

/** How long an offer lasts: the visitor's clock may be wrong, an absurd answer is not believed. */
export const lifetime = (expires_at, now) => {
  const left = Date.parse(expires_at) - now;
  return left > 5000 && left < 36e5 ? left : LIFE;
};

const after = (ms, fn) => {
  timer = setTimeout(fn, ms);
};

const element = (parent, tag, props) => {
  const el = Object.assign(document.createElement(tag), props);
  parent.append(el);
  return el;
};

/** Tells the server and the page. */
const tell = (what, detail = offer, reason) => {
  report("offer_" + what, { trigger: detail.id, channel: detail.channel, reason });
  emit(what, detail);
};

const close = () => {
  clearTimeout(timer);
  if (document.activeElement == host) back?.focus();
  host?.remove();
  host = back = undefined;
};

const end = (what) => {
  tell(what);
  close();
};

const accept = (channel) => {
  const { id, rule } = offer;
  const detail = { ...offer, channel };
  report("offer_accepted", { trigger: id, channel });
  close();
  try {
    const taken = emit("accept", detail);
    const about = { vinkki_trigger: id, vinkki_rule: rule, vinkki_page: location.href };
    if (!(taken > 1 || open(channel, about) || taken)) throw "nothing to open";
    tell("opened", detail);
  } catch (e) {
    tell("failed", detail, "" + e);
  }
};

const fill = (live) => {
  const { labels = {}, offer: { channel, alternatives = [], message = {} } } = offer;
  const lang = pick(message, document.documentElement.lang || navigator.language) || "en";
  const text = message[lang];
  const label = { no: "No thanks", ...labels[lang] };
  const box = element(live, "div", { role: "dialog", ariaLabel: text });
  element(box, "p", { textContent: text, lang, dir: "auto" });
  const button = (textContent, onclick, props) =>
    element(box, "button", { textContent, onclick, ...props });
  [channel, ...alternatives].map((name) => button(label[name] || name, () => accept(name)));
  button(label.no, () => end("declined"), { className: "n" });
  button("×", () => end("dismissed"), { className: "x", ariaLabel: label.close || "Close" });
  box.animate({ opacity: [0, 1] }, 250); // nothing moves, whether or not less motion is wished
  tell("shown");
  after(until - Date.now(), () => end("ignored"));
};

const draw = () => {
  host = element(document.body, "vinkki-offer");
  host.addEventListener("focusin", (e) => (back = back || e.relatedTarget));
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];
  // What comes into a live region that is already there is read out.
  const live = element(root, "div", { ariaLive: "polite" });
  after(100, () => fill(live));
};

const wait = () => {
  const now = Date.now();
  if (now >= until) end("expired");
  else if (now - typed >= TYPING && !document.hidden) draw();
  else after(300, wait);
};

/** Listens to the page from now on; `look` is the dialog's style sheet. */
export const watch = (look) => {
  style = look;
  const fields = "input,textarea,[contenteditable]";
  typed = document.activeElement.matches(fields) ? Date.now() : 0;
  document.addEventListener("input", () => (typed = Date.now()), true);
  document.addEventListener("keydown", (e) => {
    if (e.key == "Escape" && host && !e.defaultPrevented) end("dismissed");
  });
};

export const show = (news, tellCore, tellPage) => {
  report = tellCore;
  emit = tellPage;
  close();
  offer = news;
  if (!offer) return;
  until = Date.now() + lifetime(offer.offer.expires_at, Date.now());
  wait();
};
