// Events, values and times in the words of the page.

const two = (n) => String(n).padStart(2, "0");

/** "14:03:07", in the reader's time zone. */
export function clockTime(ms) {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** "3 s", "12 min", "4 h", "2 d": how long ago, roughly. */
export function roughly(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** What is left of a timer: "7.4 s" below ten seconds, then "42 s", "2:05", "1:02:05". */
export function countdown(ms) {
  const left = Math.max(0, ms);
  if (left < 9950) return `${(left / 1000).toFixed(1)} s`;
  const s = Math.round(left / 1000);
  if (s < 60) return `${s} s`;
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** A visitor's id, short enough to stand in a title. */
export const shortId = (id) => (id.length > 12 ? `${id.slice(0, 5)}…${id.slice(-4)}` : id);

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A number, or a duration such as 1m30s in milliseconds; NaN for anything else. */
export function quantity(text) {
  const t = String(text).trim();
  if (/^-?\d+(\.\d+)?$/.test(t)) return Number(t);
  if (/^\d+(\.\d+)?%$/.test(t)) return Number(t.slice(0, -1)) / 100;
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(t)) return NaN;
  return [...t.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)]
    .reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit], 0);
}

/** A duration as the language writes it, in whole seconds: "0s", "1m30s", "2d3h". */
export function duration(ms) {
  const all = Math.floor(ms / 1000);
  let left = Math.abs(all);
  let text = "";
  for (const [unit, seconds] of [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]]) {
    if (left >= seconds) text += `${Math.floor(left / seconds)}${unit}`;
    left %= seconds;
  }
  return (all < 0 ? "-" : "") + (text || "0s");
}

const SPOKEN = { d: "d", h: "h", m: "min", s: "s" };

/** The same in the words of the server, two units at most: "45 s", "1 min 30 s". */
export const spoken = (ms) =>
  [...duration(ms).matchAll(/(-?\d+)([dhms])/g)].slice(0, 2).map(([, n, unit]) => `${n} ${SPOKEN[unit]}`).join(" ");

/** A value to show: "11s827ms" is "11.8s" to people, "2m3s40ms" is "2m3s". */
export function shownValue(value) {
  if (!/^(\d+[dhms])+\d+ms$/.test(value)) return value;
  const ms = quantity(value);
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)}s` : value.replace(/\d+ms$/, "");
}

/** How far a clause like `count(…) >= 3` has come, 0 to 1; null where that says nothing. */
export function progressOf({ text, value, holds }) {
  const compared = /^(.*\S)\s*(>=|>)\s*(\S+)$/.exec(text);
  if (!compared || holds) return null;
  const goal = quantity(compared[3]);
  const now = quantity(value);
  return goal > 0 && now >= 0 ? Math.min(1, now / goal) : null;
}

/** An expression in pieces after which a line may break, not before the last operand. */
export const breakable = (text) =>
  text.replace(/ ([=!<>]=?) (\S+)$/, " $1\u00a0$2").match(/[^.,(]*[.,(]?/g).filter(Boolean);

/** What an event is about, for its icon and colour. */
export function kindOf(name) {
  if (name === "page_view") return "page";
  if (/^(add_to_cart|remove_from_cart|view_cart)$/.test(name)) return "cart";
  if (/^(begin_checkout|add_(payment|shipping)_info|purchase|refund)$/.test(name)) return "checkout";
  if (/^(view_item|view_item_list|select_item|add_to_wishlist)$/.test(name)) return "item";
  if (/^(search|view_search_results)$/.test(name)) return "search";
  if (/_error$|_click$|^exit_intent$|thrash|hesitation|quick_back|scroll_hunt|abandon/.test(name)) {
    return "trouble";
  }
  if (/^form_/.test(name)) return "form";
  if (/^(offer|conversation)_/.test(name)) return "talk";
  return "other";
}

const path = (url) => {
  try {
    const u = new URL(url);
    return u.pathname + u.search;
  } catch {
    return url;
  }
};

function itemWords(props) {
  const items = Array.isArray(props.items) ? props.items : [];
  if (!items.length) return [];
  const [first] = items;
  const name = first.item_name ?? first.item_id;
  const words = name == null ? [] : [String(name)];
  if (items.length > 1) words.push(`and ${items.length - 1} more`);
  else if (first.quantity > 1) words.push(`× ${first.quantity}`);
  return words;
}

const amount = (props) =>
  props.value == null ? [] : [`${props.value}${props.currency ? ` ${props.currency}` : ""}`];

const SUMMARY = {
  page_view: (p) => [p.url && path(p.url), p.type].filter(Boolean),
  search: (p) => [`“${p.search_term ?? p.query ?? ""}”`, p.results != null && `${p.results} results`],
  form_error: (p) => [p.field, p.message ?? p.kind],
  form_field: (p) => [p.field],
  identify: (p) => [p.identity],
  consent: (p) => [p.mode],
};

/** The main properties of an event, as a few short words. */
export function summarize(name, props) {
  if (kindOf(name) === "talk") return [props.channel].filter(Boolean);
  const words = SUMMARY[name]?.(props) ?? [...itemWords(props), ...amount(props)];
  const said = words.filter((w) => w != null && w !== false && w !== "").map(String);
  if (said.length) return said;
  return Object.entries(props)
    .filter(([, value]) => typeof value !== "object" && value !== "")
    .slice(0, 3)
    .map(([key, value]) => `${key} ${value}`);
}

export const REASONS = {
  shadow: "shadow mode: recorded, not shown",
  stale: "the moment had passed",
  bot: "a robot",
  consent: "no consent",
  hours: "outside its hours",
  limit: "its limit is reached",
  cooldown: "offered not long ago",
  declined: "declined not long ago",
  engaged: "an offer is open already",
  holdout: "in the control group",
  audience: "not in its audience",
  capacity: "nobody is free",
  priority: "another rule went first",
};

/** A fact's group and what is left of its name. */
export function groupOf(name) {
  const [, group, rest] = /^(page|session|cart|visitor)\.(.+)$/.exec(name) ?? [];
  return group ? { group, label: rest } : { group: "behaviour", label: name };
}

/** The message in the visitor's language, else in English, else the first: [language, text]. */
export function messageFor(message, language) {
  const all = Object.entries(message);
  const tagged = (wanted) => all.find(([tag]) => tag === wanted);
  return tagged(language) ?? tagged(language?.split("-")[0]) ?? tagged("en") ?? all[0] ?? null;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1"]);

/** The shop's address under the console's own name, when both are this machine. */
export function sameSite(url, host) {
  const shop = new URL(url);
  if (LOOPBACK.has(shop.hostname) && LOOPBACK.has(host)) shop.hostname = host;
  return shop.href;
}
