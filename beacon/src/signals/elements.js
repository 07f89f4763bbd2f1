// What the signals call an element, and which ones are fields.

/** Fields that a visitor fills in. */
export const FIELDS =
  "input:not([type=submit],[type=button],[type=image],[type=reset],[type=hidden]),select,textarea";

/** Its own name or id; a form's `name` would be its field of that name. */
export const named = (el) => (el?.getAttribute("name") || el?.id || "").slice(0, 100);

/** A name for any element that survives a reload of the page: never its content. */
export const place = (el) => {
  const id = el.id && !/\d{3}/.test(el.id) ? "#" + el.id : "";
  const name = el.getAttribute("name");
  const mark = id || (name ? `[name=${name}]` : el.classList[0] ? "." + el.classList[0] : "");
  return (el.localName + mark).slice(0, 100);
};
