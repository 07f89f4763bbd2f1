// Listeners that watch and never interfere: on the way down, so that a page that stops an event does
// not hide it from us, and passive, which is what browsers make of touches heard by the window.

export const listen = (types, fn, how = addEventListener) =>
  types.split(" ").map((type) => how(type, fn, true));

/** Calls heard(arguments) after each call of the object's own method. */
export const overhear = (object, name, heard) => {
  const own = object[name];
  object[name] = (...args) => {
    const result = own.apply(object, args);
    heard(args);
    return result;
  };
};
