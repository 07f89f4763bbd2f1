// Listeners that watch and never interfere: passive, and on the way down, so that a page that
// stops an event does not hide it from us.

export const listen = (types, fn) =>
  types.split(" ").map((type) => addEventListener(type, fn, { capture: true, passive: true }));
