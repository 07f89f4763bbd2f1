// Listeners that watch and never interfere: passive, and on the way down, so that a page that
// stops an event does not hide it from us.

export const listen = (types, fn) =>
  types
    .split(" ")
    .forEach((type) => document.addEventListener(type, fn, { capture: true, passive: true }));

/** A name for an element that survives a reload of the page: never its content. */
export const place = (el) => {
  const id = el.id && !/\d{3}/.test(el.id) ? "#" + el.id : "";
  const name = el.getAttribute("name");
  const mark = id || (name ? `[name=${name}]` : el.classList[0] ? "." + el.classList[0] : "");
  return (el.localName + mark).slice(0, 100);
};
