// What the signals call an element, and which ones are fields.

/** Fields that a visitor fills in: no submit, button, image or reset ones (and nobody clicks or
 * focuses a hidden one). */
export const FIELDS = "input:not([type^=su],[type^=b],[type^=i],[type^=re]),select,textarea";

/** Its own name or id; a form's `name` would be its field of that name. */
export const named = (el) => el?.getAttribute("name") || el?.id || "";

/** A name for any element that survives a reload of the page: never its content. */
export const place = (el) => {
  const { id, localName, classList: [style] } = el;
  const name = el.getAttribute("name");
  if (id && !/\d{3}/.test(id)) return localName + "#" + id;
  if (name) return localName + `[name=${name}]`;
  return style ? localName + "." + style : localName;
};
