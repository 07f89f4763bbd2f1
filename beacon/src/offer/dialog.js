// The offer dialog: in a closed shadow root, not modal, and never in the way.
//
// Entry point: dialog(report, emit) -> show(offer), and show() to take it away. It never takes the focus,
// is announced politely, and waits while the visitor types. Each offer ends in exactly one of
// accepted, declined (the button), dismissed (Escape or the cross), ignored (nothing until it
// expired), expired (it never came to be shown); withdrawn ones end without a report.

import { open } from "./adapters.js";
import { STYLE } from "./style.js";
import { pick, words } from "./texts.js";

const TYPING = 2000; // ms after the last key in a field
const LIFE = 120000; // of an offer when its own time cannot be right

/** How long an offer lasts: the visitor's clock may be wrong, so an absurd answer is not believed. */
export const lifetime = (expires_at, now) => {
  const left = Date.parse(expires_at) - now;
  return left > 5000 && left < 36e5 ? left : LIFE;
};

const element = (tag, text, parent, props) => {
  const el = document.createElement(tag);
  for (const key in props) el.setAttribute(key, props[key]);
  el.textContent = text;
  parent.append(el);
  return el;
};

const styled = (root) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
};

const typing = () => document.activeElement.matches("input,textarea,[contenteditable]");

/** report(name, props) and emit(type, detail) are the core's. */
export const dialog = (report, emit) => {
  let current; // {offer, until, timer, host, back}: back is what had the focus before the dialog
  let typed = typing() ? Date.now() : 0;

  const about = (channel) => ({ id: current.offer.id, rule: current.offer.rule, channel, offer: current.offer.offer });

  const tell = (what) => {
    report("offer_" + what, { trigger: current.offer.id });
    emit(what, about());
  };

  const close = () => {
    const { host, timer, back } = current || {};
    clearTimeout(timer);
    if (host) {
      const inside = document.activeElement == host;
      host.remove();
      if (inside && back) back.focus();
    }
    current = 0;
  };

  const end = (what) => {
    tell(what);
    close();
  };

  const accept = (channel) => {
    const detail = about(channel);
    const props = { trigger: detail.id, channel };
    const attributes = { vinkki_trigger: detail.id, vinkki_rule: detail.rule, vinkki_page: location.href };
    let reason = "nothing to open";
    try {
      report("offer_accepted", props);
      close();
      const taken = emit("accept", detail);
      if (taken > 1 || open(channel, attributes) || taken) reason = undefined;
    } catch (e) {
      reason = "" + e;
    }
    const what = reason ? "failed" : "opened";
    report("offer_" + what, { ...props, reason });
    emit(what, detail);
  };

  const draw = () => {
    const { channel, alternatives = [], message = {} } = current.offer.offer;
    const [lang, text] = pick(message, document.documentElement.lang || navigator.language);
    const label = words(lang);
    const host = (current.host = element("vinkki-offer", "", document.body));
    const root = host.attachShadow({ mode: "closed" });
    styled(root);
    const live = element("div", "", root, { "aria-live": "polite" });
    host.addEventListener("focusin", (e) => current && (current.back = current.back || e.relatedTarget));
    // What comes into a live region that is already there is read out.
    current.timer = setTimeout(() => {
      const box = element("div", "", live, { role: "dialog", "aria-labelledby": "m" });
      element("p", text, box, { id: "m", lang, dir: "auto" });
      const row = element("nav", "", box);
      [channel, ...alternatives].forEach((name) => {
        element("button", label[name] || name, row).onclick = () => accept(name);
      });
      element("button", label.no, row, { class: "n" }).onclick = () => end("declined");
      element("button", "×", box, { class: "x", "aria-label": label.close }).onclick = () => end("dismissed");
      tell("shown");
      current.timer = setTimeout(() => end("ignored"), current.until - Date.now());
    }, 100);
  };

  const wait = () => {
    const now = Date.now();
    if (now >= current.until) end("expired");
    else if (now - typed >= TYPING && !document.hidden) draw();
    else current.timer = setTimeout(wait, 300);
  };

  document.addEventListener("input", () => (typed = Date.now()), true);
  document.addEventListener("keydown", (e) => {
    if (e.key == "Escape" && current && current.host && !e.defaultPrevented) end("dismissed");
  });

  return (offer) => {
    close();
    if (!offer) return;
    current = { offer, until: Date.now() + lifetime(offer.offer.expires_at, Date.now()) };
    wait();
  };
};
